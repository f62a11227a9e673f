/**
 * Single events, decoded again from the file: a trace keeps none unless asked to.
 *
 * Decoding starts from the checkpoint before the first event wanted, and runs the same ordering as
 * the first time, so that the events come out the same. Cost: the bytes of a generation and up to
 * 100,000 events before the first one wanted, some 10 ms.
 */
import { LogBuilder, type TaskRegistry } from './annotationtables.ts';
import { TraceBuilder } from './builder.ts';
import type { EventColumns } from './eventcolumns.ts';
import { EventLoop } from './eventloop.ts';
import { EVENT_SYNC } from './eventtype.ts';
import { Framing } from './framing.ts';
import { decodeSamples, sortSamples } from './generation.ts';
import { Ordering } from './ordering.ts';
import { restoreSnapshot } from './snapshot.ts';
import type { TraceSource } from './source.ts';
import type { Checkpoint, TaskTable, Trace } from './trace.ts';

/**
 * The events [from, to) of a trace, the numbers clamped to what there is. `source` is the file that
 * the trace was decoded from; where the trace has kept its events, it is not read.
 */
export function readEvents(
  trace: Trace,
  source: TraceSource,
  from: number,
  to: number,
): EventColumns {
  const first = Math.max(0, Math.floor(from));
  const end = Math.min(trace.eventCount, Math.ceil(to));
  if (trace.events !== undefined) return stretch(trace.events, first, Math.max(first, end));
  const builder = replayBuilder(trace, first);
  const ordering = new Ordering(builder, 'replay');
  for (let index = 0; index < trace.generations.length; index++) {
    const { firstEvent, eventCount } = trace.generations[index];
    if (firstEvent < end && firstEvent + eventCount > first) {
      replay(trace, source, ordering, index, first, end);
    }
  }
  if (first < end && end === trace.eventCount) lastSync(trace, builder);
  const events = builder.events?.finish(first);
  if (events === undefined) throw new Error('a replay keeps events');
  // The last step of the ordering may have been three events.
  return events.length > end - first ? stretch(events, first, Math.max(first, end)) : events;
}

/** Number of the first event at or after a time. Reads the stretch between two checkpoints. */
export function eventAt(trace: Trace, source: TraceSource, time: number): number {
  let low = 0;
  let high = trace.eventCount;
  if (trace.events === undefined) {
    const after = trace.checkpoints.findIndex((checkpoint) => checkpoint.lastTime >= time);
    if (after >= 0) high = trace.checkpoints[after].event;
    const before = trace.checkpoints[after < 0 ? trace.checkpoints.length - 1 : after - 1];
    low = before?.event ?? 0;
  }
  const events = readEvents(trace, source, low, high);
  let i = 0;
  for (let count = events.length; count > 0; ) {
    const half = count >> 1;
    if (events.time[i + half] < time) {
      i += half + 1;
      count -= half + 1;
    } else count = half;
  }
  return low + i;
}

/** A builder that knows all resources and tasks of the trace by their indices. */
function replayBuilder(trace: Trace, first: number): TraceBuilder {
  const start = startOf(trace, first);
  let logs = 0;
  while (logs < trace.logs.length && trace.logs.time[logs] <= start) logs++;
  const builder: TraceBuilder = new TraceBuilder({
    keepEvents: true,
    tasks: new KnownTasks(trace.tasks, () => now()),
    logs: new LogBuilder(logs),
  });
  const now = () => builder.lastTime;
  for (const id of trace.goroutines.id) builder.goroutineIds.internBig(id);
  for (const id of trace.procs.id) builder.procIds.internBig(id);
  for (const id of trace.threads.id) builder.threadIds.internBig(id);
  builder.growGoroutines(trace.goroutines.length);
  return builder;
}

/** Time of the event before the one at which replaying begins. */
function startOf(trace: Trace, first: number): number {
  const generation = trace.generations.find((g) => g.firstEvent + g.eventCount > first);
  if (generation === undefined) return trace.duration;
  const checkpoint = checkpointFor(trace, trace.generations.indexOf(generation), first);
  return checkpoint?.lastTime ?? Number.NEGATIVE_INFINITY;
}

/** The last checkpoint of a generation at or before an event, or its first. */
function checkpointFor(trace: Trace, index: number, event: number): Checkpoint | undefined {
  let found: Checkpoint | undefined;
  for (const checkpoint of trace.checkpoints) {
    if (checkpoint.generation !== index) continue;
    if (found === undefined || checkpoint.event <= event) found = checkpoint;
  }
  return found;
}

function replay(
  trace: Trace,
  source: TraceSource,
  ordering: Ordering,
  index: number,
  first: number,
  end: number,
): void {
  const { builder } = ordering;
  const generation = trace.generations[index];
  const key = trace.generationKeys[index];
  const checkpoint = checkpointFor(trace, index, first);
  const raw = new Framing(source, trace.version, generation.offset, false).next();
  if (checkpoint === undefined || raw === undefined) return;
  if (generation.firstEvent >= first) {
    builder.events?.push(EVENT_SYNC, generation.start, -1, -1, -1, 0, index + 1, index);
  }
  const bytes = source.read(raw.offset, raw.end - raw.offset);
  const origin = Number(trace.origin);
  ordering.clear();
  ordering.frontier.open(bytes, raw.offset, raw.batches, { frequency: key.frequency, origin });
  ordering.startGeneration(key);
  restoreSnapshot(ordering, checkpoint.state);
  ordering.lastTime = checkpoint.lastTime;
  builder.eventCount = checkpoint.event;
  const raws = decodeSamples(raw, bytes, builder, key.stacks);
  const samples = sortSamples(raws, key.frequency, origin);
  const stop = Math.min(end, generation.firstEvent + generation.eventCount);
  let until = first > checkpoint.event ? first : stop;
  const hooks = {
    pause: () => {
      // What comes before the first event wanted is of no use.
      if (until === first) builder.events?.keepLast(builder.eventCount - first);
      until = stop;
      return builder.eventCount < stop ? stop : 0;
    },
    stop: () => {},
    damaged: () => {},
    missing: () => {
      ordering.missingCount = 0;
    },
  };
  new EventLoop(ordering, samples, hooks, { sample: checkpoint.state.samples, until }).run();
}

/** The Sync event with which Go's reader ends. */
function lastSync(trace: Trace, builder: TraceBuilder): void {
  const count = trace.generations.length + 1;
  builder.events?.push(EVENT_SYNC, trace.duration, -1, -1, -1, 0, count, -1);
}

/** The events numbered [from, to) out of columns that hold them. */
function stretch(events: EventColumns, first: number, end: number): EventColumns {
  const from = first - events.first;
  const to = end - events.first;
  return {
    length: to - from,
    first,
    time: events.time.subarray(from, to),
    kind: events.kind.subarray(from, to),
    goroutine: events.goroutine.subarray(from, to),
    proc: events.proc.subarray(from, to),
    thread: events.thread.subarray(from, to),
    stack: events.stack.subarray(from, to),
    a: events.a.subarray(from, to),
    b: events.b.subarray(from, to),
    wide: events.wide,
  };
}

/** The tasks of a decoded trace, by id and time. */
class KnownTasks implements TaskRegistry {
  private readonly tasks: TaskTable;
  private readonly now: () => number;
  private readonly rows = new Map<bigint, number[]>();

  constructor(tasks: TaskTable, now: () => number) {
    this.tasks = tasks;
    this.now = now;
    for (let row = 0; row < tasks.length; row++) {
      const rows = this.rows.get(tasks.id[row]);
      if (rows === undefined) this.rows.set(tasks.id[row], [row]);
      else rows.push(row);
    }
  }

  rowOf(lo: number, hi: number): number {
    return this.latest(lo, hi, this.now());
  }

  isActive(lo: number, hi: number): boolean {
    const row = this.rowOf(lo, hi);
    if (row < 0) return false;
    return this.tasks.start[row] <= this.now() && !(this.tasks.end[row] <= this.now());
  }

  begin(lo: number, hi: number, _parent: number, _name: number, start: number): number {
    return this.latest(lo, hi, start);
  }

  finishTask(lo: number, hi: number): number {
    return this.rowOf(lo, hi);
  }

  nameOf(row: number): number {
    return this.tasks.name[row];
  }

  idOf(row: number): bigint {
    return this.tasks.id[row];
  }

  isSameId(row: number, other: number): boolean {
    return row === other || (row >= 0 && other >= 0 && this.idOf(row) === this.idOf(other));
  }

  forgetActive(): void {}

  finish(): TaskTable {
    return this.tasks;
  }

  /** The row of an id that has begun by then, or was only mentioned; -1 = background, or none. */
  private latest(lo: number, hi: number, time: number): number {
    const id = (BigInt(hi) << 32n) | BigInt(lo);
    let found = -1;
    for (const row of this.rows.get(id) ?? []) {
      if (found < 0 || !(this.tasks.start[row] > time)) found = row;
    }
    return found;
  }
}
