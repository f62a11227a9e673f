/** GC, stopped worlds, counters, tasks, regions, logs and samples of a v1 trace: see convert.ts. */
import { EventType } from '../eventtype.ts';
import { RangeKind } from '../trace.ts';
import { type Converter, FakeProc } from './convert.ts';
import { V1 } from './eventtype.ts';
import { endIntroductions } from './goroutines.ts';

/** Why the world stopped, by the number that Go 1.21 gives. */
const STOP_REASONS = [
  '',
  'GC mark termination',
  'GC sweep termination',
  'write heap dump',
  'goroutine profile',
  'goroutine profile cleanup',
  'all goroutine stack trace',
  'read mem stats',
  'AllThreadsSyscall',
  'GOMAXPROCS',
  'start trace',
  'stop trace',
  'CountPagesInUse (test)',
  'ReadMetricsSlow (test)',
  'ReadMemStatsSlow (test)',
  'PageCachePagesLeaked (test)',
  'ResetDebugLog (test)',
];

export function advanceAnnotation(c: Converter, type: number): void {
  const rule = RULES[type];
  if (rule !== undefined) rule(c);
  // Go's reader of 1.21 leaves out the futile wake-ups that end in no block.
  else if (c.version >= 11) {
    c.problems.refuse(c.events.args[c.row], `unexpected event type ${type}`);
  }
}

function counter(c: Converter, kind: number, stack: number): void {
  const value = c.argument(0);
  const { lo, hi } = c.args;
  const time = c.deliver(kind, stack, lo, hi);
  if (kind === EventType.HeapAlloc) c.builder.heapAlloc.push(time, value);
  else if (kind === EventType.HeapGoal) c.builder.heapGoal.push(time, value);
  else c.builder.gomaxprocs.push(time, value);
}

/** The first one is no event: it ends the introduction of what there is. */
function gomaxprocs(c: Converter): void {
  if (c.found === undefined) {
    counter(c, EventType.ProcsChange, c.stack());
    return;
  }
  endIntroductions(c);
  c.builder.gomaxprocs.push(Math.max(c.time, c.lastTime), c.argument(0));
}

/** Before Go 1.11, as its reader has it, GC and stopped worlds are on no goroutine. */
function forgetGoroutine(c: Converter): void {
  if (c.version < 11) c.g = -1;
}

function gcStart(c: Converter): void {
  forgetGoroutine(c);
  if (c.openMark >= 0) c.violate('previous GC is not ended before a new one');
  c.moveTo(FakeProc.gc);
  const stack = c.stack();
  if (c.version >= 7) c.argument(0);
  const [lo, hi] = c.version >= 7 ? [c.args.lo, c.args.hi] : [0, 0];
  const time = c.deliver(EventType.GCBegin, stack, lo, hi);
  c.openMark = c.builder.ranges.begin(RangeKind.mark, time, -1, c.g, 0, stack);
}

function gcDone(c: Converter): void {
  forgetGoroutine(c);
  if (c.openMark < 0) c.violate('bogus GC end');
  const time = c.deliver(EventType.GCEnd, 0, 0, 0);
  if (c.openMark >= 0) c.builder.ranges.finishRange(c.openMark, time, 0, 0);
  c.openMark = -1;
}

function stopReason(c: Converter): string {
  const kind = c.version < 10 ? 0 : c.argument(0);
  if (c.version === 21) return STOP_REASONS[kind] ?? '';
  if (kind > 1 && c.version < 11) {
    const reason = `unknown STW kind ${kind}`;
    c.problems.refuse(c.events.args[c.row], reason);
    c.problems.note('damaged', c.events.args[c.row], reason);
  }
  return kind > 1 ? '' : STOP_REASONS[kind + 1];
}

function stopWorld(c: Converter): void {
  forgetGoroutine(c);
  const open = c.version < 10 ? c.openProcStop[c.scanProc] : c.openStop;
  if (open >= 0) c.violate('previous STW is not ended before a new one');
  const reason = c.builder.strings.intern(stopReason(c));
  c.lastStopReason = reason;
  const time = c.deliver(EventType.STWBegin, 0, reason, 0);
  const row = c.builder.ranges.begin(RangeKind.stopTheWorld, time, c.g, c.g, reason, 0);
  if (c.version < 10) c.openProcStop[c.scanProc] = row;
  else c.openStop = row;
}

function startWorld(c: Converter): void {
  forgetGoroutine(c);
  const open = c.version < 10 ? c.openProcStop[c.scanProc] : c.openStop;
  if (open < 0) c.violate('bogus STW end');
  const time = c.deliver(EventType.STWEnd, 0, c.lastStopReason, 0);
  if (open >= 0) c.builder.ranges.finishRange(open, time, 0, 0);
  if (c.version < 10) c.openProcStop[c.scanProc] = -1;
  else c.openStop = -1;
}

function sweepStart(c: Converter): void {
  const { scanProc } = c;
  if (c.openSweep[scanProc] >= 0) c.violate('previous sweeping is not ended before a new one');
  const stack = c.stack();
  const time = c.deliver(EventType.GCSweepBegin, stack, 0, 0);
  c.openSweep[scanProc] = c.builder.ranges.begin(RangeKind.sweep, time, c.p, c.g, 0, stack);
}

function sweepDone(c: Converter): void {
  const { builder, scanProc } = c;
  const open = c.openSweep[scanProc];
  if (open < 0) c.violate('bogus sweeping end');
  // Go before 1.9 does not say how much.
  const isCounted = c.version >= 9;
  const swept = isCounted ? c.argument(0) : 0;
  const sweptExactly = isCounted ? wide(c) : 0n;
  const reclaimed = isCounted ? c.argument(1) : 0;
  const first = c.columns?.pushWide(sweptExactly) ?? 0;
  c.columns?.pushWide(isCounted ? wide(c) : 0n);
  const time = c.deliver(EventType.GCSweepEnd, 0, first, 2);
  const row = open < 0 ? builder.ranges.begin(RangeKind.sweep, Number.NaN, c.p, c.g, 0, 0) : open;
  builder.ranges.finishRange(row, time, swept, reclaimed);
  c.openSweep[scanProc] = -1;
}

/** The argument that was read last. */
function wide(c: Converter): bigint {
  return (BigInt(c.args.hi) << 32n) | BigInt(c.args.lo);
}

function assistStart(c: Converter): void {
  const slot = c.g + 1;
  if (c.openAssist[slot] >= 0) {
    c.violate('previous mark assist is not ended before a new one');
  }
  const stack = c.stack();
  const time = c.deliver(EventType.GCMarkAssistBegin, stack, 0, 0);
  c.openAssist[slot] = c.builder.ranges.begin(RangeKind.markAssist, time, c.g, c.g, 0, stack);
}

/** Assists may be under way when the trace begins. */
function assistDone(c: Converter): void {
  const { ranges } = c.builder;
  const time = c.deliver(EventType.GCMarkAssistEnd, 0, 0, 0);
  const open = c.openAssist[c.g + 1];
  const row = open < 0 ? ranges.begin(RangeKind.markAssist, Number.NaN, c.g, c.g, 0, 0) : open;
  ranges.finishRange(row, time, 0, 0);
  c.openAssist[c.g + 1] = -1;
}

/** The task that an argument names: -1 = the background task. */
function taskArgument(c: Converter, i: number): number {
  c.argument(i);
  return c.builder.tasks.rowOf(c.args.lo, c.args.hi);
}

function taskCreate(c: Converter): void {
  const { tasks } = c.builder;
  const parent = taskArgument(c, 1);
  const name = c.stringArgument(2);
  c.argument(0);
  const { lo, hi } = c.args;
  if (tasks.isActive(lo, hi)) {
    c.misuse(`task id conflicts (id:${wide(c)}), ${c.describe()}`);
  }
  const stack = c.stack();
  const time = Math.max(c.time, c.lastTime + 1);
  const task = tasks.begin(lo, hi, parent, name, time, c.g, stack);
  c.deliver(EventType.UserTaskBegin, stack, task, name);
}

function taskEnd(c: Converter): void {
  const { tasks } = c.builder;
  c.argument(0);
  const { lo, hi } = c.args;
  const isActive = tasks.isActive(lo, hi);
  const stack = c.stack();
  const time = Math.max(c.time, c.lastTime + 1);
  const task = tasks.finishTask(lo, hi, time, c.g, stack);
  c.deliver(EventType.UserTaskEnd, stack, task, isActive ? tasks.nameOf(task) : 0);
}

function region(c: Converter): void {
  const args = c.firstArgument();
  args.uvarint();
  const task = c.builder.tasks.rowOf(args.lo, args.hi);
  const mode = args.uvarint();
  if (mode > 1) {
    c.problems.refuse(c.events.args[c.row], `invalid user region mode: ${c.describe()}`);
    c.problems.note('damaged', c.events.args[c.row], `invalid user region mode: ${mode}`);
    return;
  }
  args.uvarint();
  const name = c.string(args);
  const stack = c.stack();
  if (mode === 0) regionStart(c, task, name, stack);
  else regionEnd(c, task, name, stack);
}

function regionStart(c: Converter, task: number, name: number, stack: number): void {
  const time = c.deliver(EventType.UserRegionBegin, stack, task, name);
  const open = c.openRegions[c.g + 1] ?? [];
  const row = c.builder.regions.begin(task, name, c.g, open.at(-1) ?? -1, time, stack);
  open.push(row);
  c.openRegions[c.g + 1] = open;
}

function regionEnd(c: Converter, task: number, name: number, stack: number): void {
  const { regions, tasks } = c.builder;
  const open = c.openRegions[c.g + 1] ?? [];
  const isThis = (row: number) =>
    regions.nameOf(row) === name && tasks.isSameId(regions.taskOf(row), task);
  const at = open.findLastIndex(isThis);
  if (open.length > 0 && at < open.length - 1) {
    const innermost = c.builder.strings.text(regions.nameOf(open[open.length - 1]));
    const words = `when the inner-most active span start event is ${JSON.stringify(innermost)}`;
    c.misuse(`misuse of region in goroutine ${c.goId(c.g)}: span end ${c.describe()} ${words}`);
  }
  const time = c.deliver(EventType.UserRegionEnd, stack, task, name);
  // Misused: an end that matches no open region ends none.
  if (open.length > 0 && at < 0) return;
  const isFound = at >= 0;
  const row = isFound ? open[at] : regions.begin(task, name, c.g, -1, Number.NaN, 0);
  regions.finishRegion(row, time, stack);
  if (isFound) open.splice(at, 1);
}

function log(c: Converter): void {
  const { builder } = c;
  const task = taskArgument(c, 0);
  const category = c.stringArgument(1);
  // Past the stack, its last argument, comes the text.
  c.argument(2);
  const length = c.args.uvarint();
  const { bytes, pos } = c.args;
  const message = builder.strings.internBytes(bytes, pos, pos + length);
  const stack = c.stack();
  const time = Math.max(c.time, c.lastTime + 1);
  const row = builder.logs.push(time, task, c.g, category, message, stack);
  c.deliver(EventType.UserLog, stack, task, row);
}

function sample(c: Converter): void {
  const stack = c.stack();
  c.m = -1;
  const time = c.deliver(EventType.CPUSample, stack, 0, 0);
  c.builder.samples.push(time, -1, c.p, c.g, stack);
}

const RULES: Readonly<Record<number, (c: Converter) => void>> = {
  [V1.HeapAlloc]: (c) => counter(c, EventType.HeapAlloc, 0),
  [V1.HeapGoal]: (c) => counter(c, EventType.HeapGoal, 0),
  [V1.Gomaxprocs]: gomaxprocs,
  [V1.GCStart]: gcStart,
  [V1.GCDone]: gcDone,
  [V1.STWStart]: stopWorld,
  [V1.STWDone]: startWorld,
  [V1.GCSweepStart]: sweepStart,
  [V1.GCSweepDone]: sweepDone,
  [V1.GCMarkAssistStart]: assistStart,
  [V1.GCMarkAssistDone]: assistDone,
  [V1.UserTaskCreate]: taskCreate,
  [V1.UserTaskEnd]: taskEnd,
  [V1.UserRegion]: region,
  [V1.UserLog]: log,
  [V1.CPUSample]: sample,
};
