/**
 * Times of the events of a v1 trace, once they are in order.
 *
 * The end of a syscall is written late, when its goroutine is to run again; its real time is an
 * argument. It gets that time, and its place by it, only after the order has been found to agree
 * with the times (order.go of Go's tracev1). A recorder whose processors' clocks disagree writes
 * times that do not: "time stamps out of order". Go's reader refuses those; leniently, times are
 * moved as little as the order asks.
 */
import { WireReader } from '../wire.ts';
import { V1 } from './eventtype.ts';
import type { Problems } from './problems.ts';
import type { RawEvents } from './rawevents.ts';
import type { Scan } from './scan.ts';
import type { Trail } from './trail.ts';

/** Ticks a second where the file does not say: 2.5 GHz, of which Go counts every 64th. */
const TYPICAL_FREQUENCY = 2.5e9 / 64;
/** Ticks past the last batch's beginning that no event can be: some 40 hours. */
const MAX_BATCH_TICKS = 2 ** 42;
const TIME_ORDER = 'time stamps out of order';

/** Puts the CPU samples behind the other events, sorted by time. */
export function appendSamples(scan: Scan): void {
  const { events, samples } = scan;
  const { ticks } = samples;
  const rows = Uint32Array.from({ length: samples.length }, (_, i) => i);
  rows.sort((x, y) => ticks[x] - ticks[y] || x - y);
  for (const from of rows) {
    const row = events.append();
    events.type[row] = samples.type[from];
    events.ticks[row] = ticks[from];
    events.goroutine[row] = samples.goroutine[from];
    events.target[row] = -1;
    events.seq[row] = 0;
    events.proc[row] = samples.proc[from];
    events.stack[row] = samples.stack[from];
    events.args[row] = samples.args[from];
  }
}

/** Strict: refuses times that contradict the order. Lenient: makes them agree with it. */
export function checkTimes(scan: Scan, trail: Trail, problems: Problems): void {
  const { events } = scan;
  const { order, isSorted } = trail;
  const { ticks } = events;
  if (!isSorted) problems.refuse(0, TIME_ORDER);
  if (problems.isStrict || order.length === 0) return;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const base of scan.batchTicks.freeze()) {
    least = Math.min(least, base);
    most = Math.max(most, base);
  }
  const last = ticks[order[order.length - 1]];
  if (isSorted && ticks[order[0]] >= least && last <= most + MAX_BATCH_TICKS) return;
  let moved = confineToBatches(scan, least, most);
  for (let i = 1; i < order.length; i++) {
    if (ticks[order[i]] >= ticks[order[i - 1]]) continue;
    ticks[order[i]] = ticks[order[i - 1]];
    moved++;
  }
  if (moved > 0) problems.note('out-of-order', 0, `${TIME_ORDER}: ${moved} moved`);
}

/** Events of a batch lie between its beginning and that of the same proc's next batch. */
function confineToBatches(scan: Scan, least: number, most: number): number {
  const { batchProc, batchFirst, batchTicks, events } = scan;
  const { ticks } = events;
  const following = new Float64Array(scan.procs.length).fill(most + MAX_BATCH_TICKS);
  let moved = 0;
  for (let batch = batchProc.length - 1; batch >= 0; batch--) {
    const proc = batchProc.array[batch];
    const from = batchTicks.array[batch];
    const isLast = following[proc] > most;
    const to = Math.max(following[proc], from);
    let before = from;
    for (let row = batchFirst.array[batch]; row < batchFirst.array[batch + 1]; row++) {
      const time = ticks[row];
      if (time > to) ticks[row] = isLast ? before : to;
      else if (time < from) ticks[row] = from;
      if (ticks[row] !== time) moved++;
      before = ticks[row];
    }
    following[proc] = from;
  }
  const samples = batchFirst.array[batchProc.length];
  for (let row = samples; row < events.length; row++) {
    if (ticks[row] < least) moved++;
    ticks[row] = Math.max(ticks[row], least);
  }
  return moved;
}

/** Gives ends of syscalls their real times; the order that follows from it. */
export function placeSyscallEnds(
  events: RawEvents,
  { order, syscalls }: Trail,
  bytes: Uint8Array,
  problems: Problems,
): Uint32Array {
  const { type, ticks, goroutine } = events;
  const blockedAt = new Map<number, number>();
  const moved: number[] = [];
  const last = order.length === 0 ? 0 : ticks[order[order.length - 1]];
  for (const i of syscalls) {
    const row = order[i];
    if (type[row] === V1.GoSysBlock || type[row] === V1.GoInSyscall) {
      blockedAt.set(goroutine[row], ticks[row]);
    } else if (type[row] === V1.GoSysExit) {
      const real = realTime(bytes, events.args[row]);
      if (real === 0) continue;
      const block = blockedAt.get(goroutine[row]) ?? 0;
      const problem = block === 0 ? 'stray syscall exit' : real < block ? TIME_ORDER : '';
      if (problem !== '') problems.refuse(events.args[row], problem);
      // Leniently, a time that cannot be gives way to the one at which it was written.
      if (!problems.isStrict && (problem !== '' || real > last)) {
        problems.note('out-of-order', events.args[row], problem || 'syscall exit past the end');
        continue;
      }
      ticks[row] = real;
      moved.push(i);
    }
  }
  return moved.length === 0 ? order : reordered(order, moved, ticks);
}

/** The third argument: ticks. */
function realTime(bytes: Uint8Array, at: number): number {
  const reader = new WireReader(bytes, at, bytes.length);
  reader.uvarint();
  reader.uvarint();
  const value = reader.uvarint();
  return reader.hi >= 0x80000000 ? value - 2 ** 64 : value;
}

/**
 * A stable sort by time of rows that are sorted but for those at the positions `moved`, ascending.
 * They are few: what lies between them is copied in stretches.
 */
function reordered(order: Uint32Array, moved: readonly number[], ticks: Float64Array): Uint32Array {
  const rest = new Uint32Array(order.length - moved.length);
  let from = 0;
  moved.forEach((at, count) => {
    rest.set(order.subarray(from, at), from - count);
    from = at + 1;
  });
  rest.set(order.subarray(from), from - moved.length);
  const late = moved.map((at, count) => {
    const time = ticks[order[at]];
    // Those of the same time that came before it stay before it.
    return { row: order[at], at: placeOf(time, at - count, rest, ticks), time };
  });
  late.sort((x, y) => x.at - y.at || x.time - y.time);
  const result = new Uint32Array(order.length);
  from = 0;
  late.forEach(({ row, at }, count) => {
    result.set(rest.subarray(from, at), from + count);
    result[at + count] = row;
    from = at;
  });
  result.set(rest.subarray(from), from + late.length);
  return result;
}

/**
 * How many of some sorted rows come before one with this time that stood at `place` among them: of
 * those with the same time, the ones before that place.
 */
function placeOf(time: number, place: number, rows: Uint32Array, ticks: Float64Array): number {
  let low = place;
  let high = place;
  // The new place is near the old one.
  for (let step = 1; low > 0 && ticks[rows[low - 1]] > time; step *= 2) {
    high = low;
    low = Math.max(place - step, 0);
  }
  for (let step = 1; high < rows.length && ticks[rows[high]] < time; step *= 2) {
    low = high;
    high = Math.min(place + step, rows.length);
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = middle < place ? ticks[rows[middle]] <= time : ticks[rows[middle]] < time;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How ticks become nanoseconds since the first event. */
export interface Clock {
  readonly first: number;
  readonly perTick: number;
}

/** Go takes the float product of ticks since the first event, and truncates it. */
export function clockOf(scan: Scan, order: Uint32Array, problems: Problems): Clock {
  if (scan.frequency === 0) {
    problems.refuse(0, 'no EvFrequency event');
    const assumed = `a tick is taken for ${1e9 / TYPICAL_FREQUENCY} ns`;
    problems.note('damaged', 0, `no EvFrequency event: ${assumed}, so durations are relative`);
  }
  const perTick = 1e9 / (scan.frequency || TYPICAL_FREQUENCY);
  return { first: order.length === 0 ? 0 : scan.events.ticks[order[0]], perTick };
}
