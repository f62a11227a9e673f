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

export function isSorted(events: RawEvents, order: Uint32Array): boolean {
  const { ticks } = events;
  for (let i = 1; i < order.length; i++) if (ticks[order[i]] < ticks[order[i - 1]]) return false;
  return true;
}

/** Strict: refuses times that contradict the order. Lenient: makes them agree with it. */
export function checkTimes(scan: Scan, order: Uint32Array, problems: Problems): void {
  const { events } = scan;
  const { ticks } = events;
  const isInOrder = isSorted(events, order);
  if (!isInOrder) problems.refuse(0, TIME_ORDER);
  if (problems.isStrict || order.length === 0) return;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const base of scan.batchTicks.freeze()) {
    least = Math.min(least, base);
    most = Math.max(most, base);
  }
  const last = ticks[order[order.length - 1]];
  if (isInOrder && ticks[order[0]] >= least && last <= most + MAX_BATCH_TICKS) return;
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
  order: Uint32Array,
  bytes: Uint8Array,
  problems: Problems,
): Uint32Array {
  const { type, ticks, goroutine } = events;
  const blockedAt = new Map<number, number>();
  const moved: number[] = [];
  const last = order.length === 0 ? 0 : ticks[order[order.length - 1]];
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    if (type[row] === V1.GoSysBlock || type[row] === V1.GoInSyscall) {
      blockedAt.set(goroutine[row], ticks[row]);
    } else if (type[row] === V1.GoSysExit) {
      const real = realTime(bytes, events.args[row]);
      if (real === 0) continue;
      const block = blockedAt.get(goroutine[row]) ?? 0;
      if (block === 0) problems.refuse(0, 'stray syscall exit');
      if (real < block) problems.refuse(0, TIME_ORDER);
      // Leniently, a time that cannot be is left out for the one at which it was written.
      if (!problems.isStrict && (block === 0 || real < block || real > last)) continue;
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

/** A stable sort by time of rows that are sorted but for those at the positions `moved`. */
function reordered(order: Uint32Array, moved: readonly number[], ticks: Float64Array): Uint32Array {
  const isMoved = new Uint8Array(order.length);
  for (const i of moved) isMoved[i] = 1;
  const late = moved.toSorted((x, y) => ticks[order[x]] - ticks[order[y]] || x - y);
  const result = new Uint32Array(order.length);
  let next = 0;
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    if (isMoved[i] === 1) continue;
    const time = ticks[order[i]];
    while (next < late.length) {
      const other = ticks[order[late[next]]];
      if (other > time || (other === time && late[next] > i)) break;
      result[count++] = order[late[next++]];
    }
    result[count++] = order[i];
  }
  while (next < late.length) result[count++] = order[late[next++]];
  return result;
}

/** Replaces ticks by nanoseconds since the first event, as Go does: the float product, truncated. */
export function toNanoseconds(scan: Scan, order: Uint32Array, problems: Problems): void {
  const { ticks } = scan.events;
  if (scan.frequency === 0) {
    problems.refuse(0, 'no EvFrequency event');
    const assumed = `a tick is taken for ${1e9 / TYPICAL_FREQUENCY} ns`;
    problems.note('damaged', 0, `no EvFrequency event: ${assumed}, so durations are relative`);
    scan.isWhole = false;
  }
  if (order.length === 0) return;
  const perTick = 1e9 / (scan.frequency || TYPICAL_FREQUENCY);
  const first = ticks[order[0]];
  for (let i = 0; i < ticks.length; i++) ticks[i] = Math.trunc((ticks[i] - first) * perTick);
}
