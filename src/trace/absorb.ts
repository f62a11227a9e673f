/**
 * Appends a part of a trace to the builder that has the parts before: every index of the part is
 * translated, and what was under way at the cut is joined.
 */
import { absorbCheckpoints, absorbStates } from './absorbstates.ts';
import { type CounterBuilder, TaskBuilder } from './annotationtables.ts';
import type { TraceBuilder } from './builder.ts';
import type { Ending, Pairs } from './ending.ts';
import type { IdTable } from './idtable.ts';
import type { LocalIds } from './localtables.ts';
import type { TracePart } from './parts.ts';
import { type Counter, RangeKind, type ResourceTable } from './trace.ts';

/** From the part's indices to the builder's; entry 0 is for -1, so that index i is at i + 1. */
export type IndexMap = Int32Array;

export interface Translation {
  readonly strings: IndexMap;
  readonly stacks: IndexMap;
  readonly goroutines: IndexMap;
  readonly procs: IndexMap;
  readonly threads: IndexMap;
  /** A time of the part: the first events may have to wait for the last one of the part before. */
  readonly time: (time: number) => number;
  /** The last time that is moved; -Infinity = none. */
  readonly lastMoved: number;
}

/** Gives the ending of both together. */
export function absorb(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
): Ending | undefined {
  const { trace } = part;
  const translation = translate(builder, before, part);
  const tasks = absorbTasks(builder, part, translation);
  const regions = absorbRegions(builder, before, part, translation, tasks);
  const ranges = absorbRanges(builder, before, part, translation);
  absorbGoroutines(builder, part, translation);
  absorbStates(builder, before, part, translation);
  absorbPoints(builder, part, translation, tasks);
  absorbCheckpoints(builder, before, part, translation);
  const firstEvent = builder.eventCount;
  for (const generation of trace.generations) {
    const { start, clock } = generation;
    builder.generations.push({
      ...generation,
      firstEvent: generation.firstEvent + firstEvent,
      start: translation.time(start),
      clock,
    });
  }
  for (const key of trace.generationKeys) {
    builder.generationKeys.push({
      frequency: key.frequency,
      strings: localIds(key.strings, translation.strings),
      stacks: localIds(key.stacks, translation.stacks),
    });
  }
  for (const note of trace.notes) {
    builder.notes.push({ ...note, stack: translation.stacks[note.stack + 1] });
  }
  for (const { name, events, batches, bytes } of trace.experiments) {
    builder.addExperiment(name, events, batches, bytes);
  }
  builder.eventCount += trace.eventCount;
  if (part.ending === undefined) return before;
  return joinEndings(before, part.ending, translation, regions, ranges, part);
}

function translate(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
): Translation {
  const { trace, stringPool, stringStart } = part;
  const map = (length: number, indexOf: (i: number) => number) => {
    const indices = new Int32Array(length + 1);
    indices[0] = -1;
    for (let i = 0; i < length; i++) indices[i + 1] = indexOf(i);
    return indices;
  };
  const strings = map(stringStart.length - 1, (i) =>
    builder.strings.internBytes(stringPool, stringStart[i], stringStart[i + 1]),
  );
  const { frames, stacks } = trace;
  const frameMap = map(frames.length, (i) =>
    builder.stacks.internFrame(
      builder.stacks.pcs.internBig(frames.pc[i]),
      strings[frames.func[i] + 1],
      strings[frames.file[i] + 1],
      frames.line[i],
    ),
  );
  const buffer = new Uint32Array(256);
  const stackMap = map(stacks.length, (i) => {
    const from = stacks.start[i];
    const count = stacks.start[i + 1] - from;
    for (let k = 0; k < count; k++) buffer[k] = frameMap[stacks.frames[from + k] + 1];
    return builder.stacks.intern(buffer, count);
  });
  const ids = (table: ResourceTable, into: IdTable) =>
    map(table.length, (i) => into.internBig(BigInt.asUintN(64, table.id[i])));
  return {
    strings,
    stacks: stackMap,
    goroutines: ids(trace.goroutines, builder.goroutineIds),
    procs: ids(trace.procs, builder.procIds),
    threads: ids(trace.threads, builder.threadIds),
    ...timeShift(part.lead, before?.lastTime ?? Number.NEGATIVE_INFINITY),
  };
}

/** Times rise strictly over all parts: the first of this one are moved behind the last before. */
function timeShift(lead: Float64Array, lastTime: number): Pick<Translation, 'time' | 'lastMoved'> {
  const moved: number[] = [];
  let last = lastTime;
  for (let i = 0; i < lead.length && lead[i] <= last; i++) moved.push(++last);
  const lastMoved = moved.length === 0 ? Number.NEGATIVE_INFINITY : lead[moved.length - 1];
  const time = (at: number) => {
    if (!(at <= lastMoved)) return at;
    let low = 0;
    let high = moved.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lead[middle] < at) low = middle + 1;
      else high = middle;
    }
    return moved[low];
  };
  return { time, lastMoved };
}

function absorbTasks(builder: TraceBuilder, part: TracePart, t: Translation): IndexMap {
  const { tasks } = part.trace;
  const rows = new Int32Array(tasks.length + 1).fill(-1);
  for (let i = 0; i < tasks.length; i++) {
    const id = tasks.id[i];
    rows[i + 1] = tasksOf(builder).absorb(Number(id & 0xffffffffn), Number(id >> 32n), {
      start: t.time(tasks.start[i]),
      end: t.time(tasks.end[i]),
      name: t.strings[tasks.name[i] + 1],
      startGoroutine: t.goroutines[tasks.startGoroutine[i] + 1],
      endGoroutine: t.goroutines[tasks.endGoroutine[i] + 1],
      startStack: t.stacks[tasks.startStack[i] + 1],
      endStack: t.stacks[tasks.endStack[i] + 1],
    });
  }
  for (let i = 0; i < tasks.length; i++) {
    if (tasks.parent[i] >= 0) tasksOf(builder).setParent(rows[i + 1], rows[tasks.parent[i] + 1]);
  }
  return rows;
}

/** The builder's own tasks: parts are joined into a builder that builds. */
function tasksOf(builder: TraceBuilder): TaskBuilder {
  const { tasks } = builder;
  if (tasks instanceof TaskBuilder) return tasks;
  throw new Error('parts are joined where tasks are built');
}

/** Rows by their key, in order. */
function byKey(pairs: Pairs | undefined): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  pairs?.key.forEach((key, i) => {
    const list = rows.get(key);
    if (list === undefined) rows.set(key, [pairs.value[i]]);
    else list.push(pairs.value[i]);
  });
  return rows;
}

interface Joined {
  /** The builder's row of each of the part's rows, at i + 1. */
  readonly rows: IndexMap;
  /** What is still open of the parts before. */
  readonly open: Map<number, number[]>;
}

/** An end without a begin is that of the innermost region open on the goroutine at the cut. */
function absorbRegions(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
  t: Translation,
  tasks: IndexMap,
): Joined {
  const { regions } = part.trace;
  const open = byKey(before?.openRegions);
  const rows = new Int32Array(regions.length + 1).fill(-1);
  for (let i = 0; i < regions.length; i++) {
    const goroutine = t.goroutines[regions.goroutine[i] + 1];
    const stack = open.get(goroutine) ?? [];
    const isEndOnly = Number.isNaN(regions.start[i]);
    let row = isEndOnly ? stack.pop() : undefined;
    if (row === undefined) {
      const parent = regions.parent[i] < 0 ? (stack.at(-1) ?? -1) : rows[regions.parent[i] + 1];
      row = builder.regions.begin(
        tasks[regions.task[i] + 1],
        t.strings[regions.name[i] + 1],
        goroutine,
        isEndOnly ? -1 : parent,
        t.time(regions.start[i]),
        t.stacks[regions.startStack[i] + 1],
      );
    }
    rows[i + 1] = row;
    const end = t.time(regions.end[i]);
    if (!Number.isNaN(end)) {
      builder.regions.finishRegion(row, end, t.stacks[regions.endStack[i] + 1]);
    }
  }
  return { rows, open };
}

interface JoinedRanges {
  readonly rows: IndexMap;
  readonly open: readonly Map<number, number[]>[];
}

/** A range found under way is the one of its kind and scope that was open at the cut. */
function absorbRanges(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
  t: Translation,
): JoinedRanges {
  const { ranges } = part.trace;
  const mark =
    before === undefined || before.openMark < 0 ? [] : [[-1, [before.openMark]] as const];
  const open: Map<number, number[]>[] = [];
  open[RangeKind.mark] = new Map<number, number[]>(mark.map(([key, list]) => [key, [...list]]));
  open[RangeKind.stopTheWorld] = byKey(before?.openStops);
  open[RangeKind.sweep] = byKey(before?.openSweeps);
  open[RangeKind.markAssist] = byKey(before?.openAssists);
  const rows = new Int32Array(ranges.length + 1).fill(-1);
  for (let i = 0; i < ranges.length; i++) {
    const kind = kindOf(ranges.kind[i]);
    const scopes = kind === RangeKind.sweep ? t.procs : t.goroutines;
    const scope = scopes[ranges.scope[i] + 1];
    let row = Number.isNaN(ranges.start[i]) ? open[kind].get(scope)?.shift() : undefined;
    row ??= builder.ranges.begin(
      kind,
      t.time(ranges.start[i]),
      scope,
      t.goroutines[ranges.goroutine[i] + 1],
      t.strings[ranges.reason[i] + 1],
      t.stacks[ranges.stack[i] + 1],
    );
    rows[i + 1] = row;
    const end = t.time(ranges.end[i]);
    if (!Number.isNaN(end)) {
      builder.ranges.finishRange(row, end, ranges.swept[i], ranges.reclaimed[i]);
    }
  }
  return { rows, open };
}

function kindOf(kind: number): RangeKind {
  for (const known of Object.values(RangeKind)) if (known === kind) return known;
  throw new Error(`no range is of kind ${kind}`);
}

function absorbGoroutines(builder: TraceBuilder, part: TracePart, t: Translation): void {
  const { goroutines } = part.trace;
  builder.growGoroutines(builder.goroutineIds.length);
  for (let i = 0; i < goroutines.length; i++) {
    if (Number.isNaN(goroutines.firstTime[i])) continue;
    builder.absorbGoroutine(t.goroutines[i + 1], {
      startStack: t.stacks[goroutines.startStack[i] + 1],
      firstStack: t.stacks[goroutines.firstStack[i] + 1],
      creator: t.goroutines[goroutines.creator[i] + 1],
      creationStack: t.stacks[goroutines.creationStack[i] + 1],
      firstTime: t.time(goroutines.firstTime[i]),
      endTime: t.time(goroutines.endTime[i]),
    });
  }
}

/** Logs, samples, labels and counters: rows that are points in time. */
function absorbPoints(
  builder: TraceBuilder,
  part: TracePart,
  t: Translation,
  tasks: IndexMap,
): void {
  const { logs, samples, labels, heapAlloc, heapGoal, gomaxprocs } = part.trace;
  for (let i = 0; i < logs.length; i++) {
    builder.logs.push(
      t.time(logs.time[i]),
      tasks[logs.task[i] + 1],
      t.goroutines[logs.goroutine[i] + 1],
      t.strings[logs.category[i] + 1],
      t.strings[logs.message[i] + 1],
      t.stacks[logs.stack[i] + 1],
    );
  }
  for (let i = 0; i < samples.length; i++) {
    builder.samples.push(
      t.time(samples.time[i]),
      t.threads[samples.thread[i] + 1],
      t.procs[samples.proc[i] + 1],
      t.goroutines[samples.goroutine[i] + 1],
      t.stacks[samples.stack[i] + 1],
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = t.strings[labels.label[i] + 1];
    builder.labels.push(t.time(labels.time[i]), t.goroutines[labels.goroutine[i] + 1], label);
  }
  const counters: readonly (readonly [CounterBuilder, Counter])[] = [
    [builder.heapAlloc, heapAlloc],
    [builder.heapGoal, heapGoal],
    [builder.gomaxprocs, gomaxprocs],
  ];
  for (const [into, counter] of counters) {
    for (let i = 0; i < counter.length; i++) into.push(t.time(counter.time[i]), counter.value[i]);
  }
}

function localIds(ids: LocalIds, map: IndexMap): LocalIds {
  const { sparse } = ids;
  return {
    dense: ids.dense.map((index) => map[index + 1]),
    sparse: sparse && new Map(Array.from(sparse, ([id, index]) => [id, map[index + 1]])),
  };
}

function joinEndings(
  before: Ending | undefined,
  after: Ending,
  t: Translation,
  regions: Joined,
  ranges: JoinedRanges,
  part: TracePart,
): Ending {
  const pairs = ({ key, value }: Pairs, keys: IndexMap, values?: IndexMap): Pairs => ({
    key: key.map((index) => keys[index + 1]),
    value: values === undefined ? value : value.map((index) => values[index + 1]),
  });
  // Every living goroutine is in the ending of the part that follows; what is left of earlier ones
  // is open below what the part has opened itself.
  const under = (left: Map<number, number[]>, above: Pairs, living: Set<number>): Pairs => {
    const key: number[] = [];
    const value: number[] = [];
    for (const [resource, rows] of left) {
      if (!living.has(resource)) continue;
      for (const row of rows) {
        key.push(resource);
        value.push(row);
      }
    }
    return {
      key: Int32Array.from([...key, ...above.key]),
      value: Int32Array.from([...value, ...above.value]),
    };
  };
  const goroutines = pairs(after.goroutines, t.goroutines);
  const procs = pairs(after.procs, t.procs);
  const living = new Set(goroutines.key);
  const { open } = ranges;
  const ofRange = (kind: RangeKind, list: Pairs, keys: IndexMap) =>
    under(
      open[kind],
      pairs(list, keys, ranges.rows),
      new Set(keys === t.procs ? procs.key : living),
    );
  const mark = after.openMark < 0 ? -1 : ranges.rows[after.openMark + 1];
  const [earlierMark = -1] = open[RangeKind.mark].get(-1) ?? [];
  const isGcUnknown = after.gcState === 0;
  return {
    lastTime: Math.max(t.time(after.lastTime), before?.lastTime ?? Number.NEGATIVE_INFINITY),
    isInitial: after.isInitial,
    goroutines,
    syscallStack: after.syscallStack.map((stack) => t.stacks[stack + 1]),
    procs,
    threadGoroutine: pairs(after.threadGoroutine, t.threads, t.goroutines),
    threadProc: pairs(after.threadProc, t.threads, t.procs),
    gcState: isGcUnknown ? (before?.gcState ?? 0) : after.gcState,
    gcSeq: isGcUnknown ? (before?.gcSeq ?? 0) : after.gcSeq,
    openRegions: under(regions.open, pairs(after.openRegions, t.goroutines, regions.rows), living),
    openAssists: ofRange(RangeKind.markAssist, after.openAssists, t.goroutines),
    openStops: ofRange(RangeKind.stopTheWorld, after.openStops, t.goroutines),
    openSweeps: ofRange(RangeKind.sweep, after.openSweeps, t.procs),
    openMark:
      mark >= 0 || part.trace.generations.length === 0 ? mark : isGcUnknown ? earlierMark : mark,
  };
}
