import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeTrace } from './decode.ts';
import { EventType } from './eventtype.ts';
import { bytesSource } from './source.ts';
import {
  countStates,
  forEachRow,
  forEachState,
  resourceOfRow,
  stateAt,
  statesOf,
} from './states.ts';
import { GoCause, GoState, goCause, goState } from './statetrack.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/trace');
const source = bytesSource(readFileSync(join(fixtures, 'go1.26.trace')));
const trace = decodeTrace(source, { keepEvents: true });
const track = trace.goroutineStates;

/** The stack as function names, leaf first. */
function functions(stack: number): string[] {
  const { stacks, frames, strings } = trace;
  const run = stacks.frames.subarray(stacks.start[stack], stacks.start[stack + 1]);
  return Array.from(run, (frame) => strings[frames.func[frame]]);
}

describe('the intervals of all goroutines', () => {
  test('join without a gap, and none is empty or repeated', () => {
    const ends = new Map<number, number>();
    forEachState(track, trace.duration, (goroutine, start, end) => {
      expect(end).toBeGreaterThan(start);
      if (ends.has(goroutine)) expect(start).toBe(ends.get(goroutine));
      ends.set(goroutine, end);
    });
    expect(ends.size).toBe(trace.goroutines.length);
  });

  test('are those of each one', () => {
    let rows = 0;
    for (let goroutine = 0; goroutine < trace.goroutines.length; goroutine++) {
      const states = statesOf(track, goroutine);
      rows += states.length;
      for (let i = 0; i < states.length; i++) {
        const { start, state, a, b } = states;
        const row = { start: start[i], state: state[i], a: a[i], b: b[i] };
        expect(stateAt(track, goroutine, start[i])).toEqual(row);
        const next = i + 1 < states.length ? start[i + 1] : trace.duration;
        expect(stateAt(track, goroutine, (start[i] + next) / 2)).toEqual(row);
      }
    }
    expect(rows).toBe(track.length);
  });

  test('follow the events: one running goroutine for each start', () => {
    let started = 0;
    forEachState(track, trace.duration, (_, _start, _end, state) => {
      const cause = goCause(state);
      if (cause === GoCause.started || cause === GoCause.switched) {
        if (goState(state) === GoState.running) started++;
      }
    });
    const kinds = Array.from(trace.events?.kind ?? []);
    expect(started).toBe(kinds.filter((kind) => kind === EventType.GoStart).length);
    expect(started).toBeGreaterThan(400);
  });
});

test('rows in the order of time go through all resources', () => {
  let last = 0;
  let rows = 0;
  forEachRow(track, (time) => {
    expect(time).toBeGreaterThanOrEqual(last);
    last = time;
    rows++;
  });
  expect(rows).toBe(track.length);
  for (const segment of track.segments) {
    for (let at = 0; at < segment.resources.length; at++) {
      expect(resourceOfRow(segment, segment.offsets[at])).toBe(segment.resources[at]);
      expect(resourceOfRow(segment, segment.offsets[at + 1] - 1)).toBe(segment.resources[at]);
    }
  }
});

test('a wake-up tells who woke whom, with both stacks', () => {
  // pingPong: the main goroutine sends, its partner receives, and each wakes the other.
  const wakeUps: string[] = [];
  for (let goroutine = 0; goroutine < trace.goroutines.length; goroutine++) {
    const { length, state, a, b } = statesOf(track, goroutine);
    for (let i = 1; i < length; i++) {
      if (goCause(state[i]) !== GoCause.unblocked || a[i] < 0) continue;
      const blocked = functions(b[i - 1]);
      const waker = functions(b[i]);
      if (!blocked.includes('main.pingPong.func1')) continue;
      if (goState(state[i - 1]) !== GoState.waiting) continue;
      wakeUps.push(`${trace.strings[a[i - 1]]} in ${blocked.at(-1)}, woken by ${waker.at(-1)}`);
    }
  }
  expect(wakeUps.length).toBeGreaterThan(100);
  expect([...new Set(wakeUps)]).toContain('chan send in main.pingPong.func1, woken by main.main');
});

test('counts of goroutines by state add up to those alive', () => {
  const { time, counts } = countStates(track, 0, trace.duration, 50);
  for (let i = 1; i < time.length; i++) {
    const alive = [GoState.runnable, GoState.running, GoState.waiting, GoState.syscall];
    const sum = alive.reduce((total, state) => total + counts[state][i], 0);
    let expected = 0;
    for (let g = 0; g < trace.goroutines.length; g++) {
      const state = stateAt(track, g, time[i] - 0.001)?.state ?? GoState.notExist;
      if (goState(state) !== GoState.notExist) expected++;
    }
    expect(sum).toBe(expected);
    expect(counts[GoState.running][i]).toBeLessThanOrEqual(4);
  }
});
