/**
 * Reading state tracks: the intervals of one resource, of all, or the state at a moment.
 *
 * An interval lasts from its row to the resource's next row, which may lie in a later segment; the
 * last one lasts to the end of the trace. Everything here is one pass over the rows it gives, a few
 * nanoseconds a row, and allocates nothing per row.
 */
import { goState, type StateSegment, type StateTrack } from './statetrack.ts';

/** Rows of one resource, in the order of time; row i lasts to `start[i + 1]`, the last to the end. */
export interface ResourceStates {
  readonly length: number;
  /** Nanoseconds since the trace's origin. */
  readonly start: Float64Array;
  /** As in StateSegment. */
  readonly state: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/** Position of a resource among a segment's resources, -1 when it has no rows there. */
export function findResource(segment: StateSegment, resource: number): number {
  const { resources } = segment;
  let low = 0;
  let high = resources.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (resources[middle] === resource) return middle;
    if (resources[middle] < resource) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The resource that a row of a segment belongs to. */
export function resourceOfRow(segment: StateSegment, row: number): number {
  const { offsets, resources } = segment;
  let low = 0;
  let high = resources.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return resources[low];
}

/** All rows of one resource. */
export function statesOf(track: StateTrack, resource: number): ResourceStates {
  const runs: { segment: StateSegment; from: number; to: number }[] = [];
  let length = 0;
  for (const segment of track.segments) {
    const at = findResource(segment, resource);
    if (at < 0) continue;
    const from = segment.offsets[at];
    const to = segment.offsets[at + 1];
    runs.push({ segment, from, to });
    length += to - from;
  }
  const start = new Float64Array(length);
  const state = new Uint8Array(length);
  const a = new Int32Array(length);
  const b = new Int32Array(length);
  let row = 0;
  for (const { segment, from, to } of runs) {
    state.set(segment.state.subarray(from, to), row);
    a.set(segment.a.subarray(from, to), row);
    b.set(segment.b.subarray(from, to), row);
    for (let i = from; i < to; i++) start[row++] = segment.base + segment.start[i];
  }
  return { length, start, state, a, b };
}

export type StateVisitor = (
  resource: number,
  start: number,
  end: number,
  state: number,
  a: number,
  b: number,
) => void;

/**
 * Visits every interval once: those of one resource in the order of time, resources in any order.
 * `end`: where the last ones end, the trace's duration. States are packed, see statetrack.ts.
 */
export function forEachState(track: StateTrack, end: number, visit: StateVisitor): void {
  const open = new OpenRows(track);
  for (const segment of track.segments) {
    const { base, resources, offsets, start, state, a, b } = segment;
    for (let at = 0; at < resources.length; at++) {
      const resource = resources[at];
      const last = offsets[at + 1] - 1;
      open.close(resource, base + start[offsets[at]], visit);
      for (let row = offsets[at]; row < last; row++) {
        visit(resource, base + start[row], base + start[row + 1], state[row], a[row], b[row]);
      }
      open.set(resource, base + start[last], state[last], a[last], b[last]);
    }
  }
  open.closeAll(end, visit);
}

/** The row that holds at a time; undefined before the resource's first. */
export function stateAt(
  track: StateTrack,
  resource: number,
  time: number,
): { start: number; state: number; a: number; b: number } | undefined {
  for (let i = track.segments.length - 1; i >= 0; i--) {
    const segment = track.segments[i];
    if (segment.base > time) continue;
    const at = findResource(segment, resource);
    if (at < 0) continue;
    let low = segment.offsets[at];
    let high = segment.offsets[at + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segment.base + segment.start[middle] <= time) low = middle + 1;
      else high = middle;
    }
    if (low === segment.offsets[at]) continue;
    const row = low - 1;
    const { base, start, state, a, b } = segment;
    return { start: base + start[row], state: state[row], a: a[row], b: b[row] };
  }
  return undefined;
}

/** Visits all rows of all resources in the order of time. */
export function forEachRow(
  track: StateTrack,
  visit: (time: number, resource: number, state: number, a: number, b: number) => void,
): void {
  const resourceOf = new Uint32Array(1 << 16);
  for (const { base, resources, offsets, start, state, a, b, byTime } of track.segments) {
    for (let at = 0; at < resources.length; at++) {
      resourceOf.fill(resources[at], offsets[at], offsets[at + 1]);
    }
    for (const row of byTime) visit(base + start[row], resourceOf[row], state[row], a[row], b[row]);
  }
}

/** How many resources are in each state: at the start of each of `bins` equal parts of [from, to). */
export interface StateCounts {
  readonly time: Float64Array;
  /** By state without its cause (GoState, ProcState); a count for each time. */
  readonly counts: readonly Int32Array[];
}

export function countStates(
  track: StateTrack,
  from: number,
  to: number,
  bins: number,
): StateCounts {
  const time = Float64Array.from({ length: bins }, (_, i) => from + ((to - from) * i) / bins);
  const counts = Array.from({ length: 8 }, () => new Int32Array(bins));
  const now = new Int32Array(8);
  let states = new Uint8Array(256);
  let bin = 0;
  const note = (until: number) => {
    for (; bin < bins && time[bin] < until; bin++) {
      for (let state = 0; state < 8; state++) counts[state][bin] = now[state];
    }
  };
  forEachRow(track, (at, resource, packed) => {
    note(at);
    if (resource >= states.length) {
      const more = new Uint8Array(2 * resource);
      more.set(states);
      states = more;
    }
    // States are kept plus one: 0 is a resource that has had none.
    if (states[resource] > 0) now[states[resource] - 1]--;
    states[resource] = goState(packed) + 1;
    now[goState(packed)]++;
  });
  note(Number.POSITIVE_INFINITY);
  return { time, counts };
}

/** The last row of every resource so far. */
class OpenRows {
  private readonly isOpen: Uint8Array;
  private readonly start: Float64Array;
  private readonly state: Uint8Array;
  private readonly a: Int32Array;
  private readonly b: Int32Array;

  constructor(track: StateTrack) {
    let length = 0;
    for (const { resources } of track.segments) {
      length = Math.max(length, (resources.at(-1) ?? -1) + 1);
    }
    this.isOpen = new Uint8Array(length);
    this.start = new Float64Array(length);
    this.state = new Uint8Array(length);
    this.a = new Int32Array(length);
    this.b = new Int32Array(length);
  }

  set(resource: number, start: number, state: number, a: number, b: number): void {
    this.isOpen[resource] = 1;
    this.start[resource] = start;
    this.state[resource] = state;
    this.a[resource] = a;
    this.b[resource] = b;
  }

  close(resource: number, end: number, visit: StateVisitor): void {
    if (this.isOpen[resource] === 0) return;
    const { start, state, a, b } = this;
    visit(resource, start[resource], end, state[resource], a[resource], b[resource]);
  }

  closeAll(end: number, visit: StateVisitor): void {
    for (let resource = 0; resource < this.isOpen.length; resource++) {
      this.close(resource, end, visit);
    }
  }
}
