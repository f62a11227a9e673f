import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeTrace } from './decode.ts';
import { readEvents } from './events.ts';
import { buffersOf, decodePart, joinParts, splitTrace } from './parts.ts';
import { bytesSource, type TraceSource } from './source.ts';
import { statesOf } from './states.ts';
import type { StateTrack } from './statetrack.ts';
import type { Trace } from './trace.ts';

/** More recordings to compare, for a closer look: WHYGO_TRACES=folder. */
const folder = process.env.WHYGO_TRACES ?? join(import.meta.dirname, '../../test/fixtures/trace');
const names = readdirSync(folder).filter((name) => /1\.2[2-9].*\.trace$/.test(name));

async function inParts(source: TraceSource, count: number): Promise<Trace> {
  const [first, ...others] = splitTrace(source, count);
  const rest = others.map(async (piece) => {
    const part = decodePart(source, piece);
    return structuredClone(part, { transfer: buffersOf(part) });
  });
  return joinParts(source, first, rest);
}

/** What must be equal, in the words of the runtime instead of indices. */
function inWords(trace: Trace) {
  const { goroutines, procs, threads, tasks, strings, stacks, frames } = trace;
  const go = (g: number) => (g < 0 ? -1n : goroutines.id[g]);
  const task = (row: number) => (row < 0 ? 0n : tasks.id[row]);
  const stack = (s: number) =>
    Array.from(
      stacks.frames.subarray(stacks.start[s], stacks.start[s + 1]),
      (frame) => `${strings[frames.func[frame]]}:${frames.line[frame]}`,
    ).join(';');
  const rows = <Row>(length: number, row: (i: number) => Row) =>
    Array.from({ length }, (_, i) => row(i));
  const states = (track: StateTrack, length: number, id: (i: number) => bigint) =>
    rows(length, (i) => {
      const { start, state, a, b } = statesOf(track, i);
      return [id(i), start, state, a, b] as const;
    }).toSorted(([x], [y]) => (x < y ? -1 : 1));
  const named = states(trace.goroutineStates, goroutines.length, (g) => goroutines.id[g]);
  return {
    header: [trace.version, trace.origin, trace.duration, trace.eventCount],
    generations: trace.generations,
    notes: trace.notes,
    goroutines: rows(goroutines.length, (g) => [
      goroutines.id[g],
      goroutines.firstTime[g],
      goroutines.endTime[g],
      go(goroutines.creator[g]),
      stack(goroutines.startStack[g]),
      stack(goroutines.firstStack[g]),
      stack(goroutines.creationStack[g]),
    ]).toSorted(([x], [y]) => (x < y ? -1 : 1)),
    states: named.map(([id, start, state, a, b]) => [
      id,
      start,
      state,
      // a and b are indices of several tables, by state: all of them have names.
      rows(state.length, (i) => {
        switch (state[i] & 7) {
          case 3:
            return [procs.id[a[i]], threads.id[b[i]]];
          case 5:
            return [threads.id[a[i]], stack(b[i])];
          case 4:
            return [state[i] >> 3 === 1 ? go(a[i]) : strings[a[i]], stack(b[i])];
          case 2:
            return [state[i] >> 3 === 4 ? strings[a[i]] : go(a[i]), stack(b[i])];
          default:
            return [a[i], b[i]];
        }
      }),
    ]),
    procStates: states(trace.procStates, procs.length, (p) => procs.id[p]).map(
      ([id, start, state, a]) => [
        id,
        start,
        state,
        Array.from(a, (m) => (m < 0 ? -1n : threads.id[m])),
      ],
    ),
    ranges: rows(trace.ranges.length, (i) => {
      const { kind, start, end, scope, reason, swept, reclaimed } = trace.ranges;
      const of = kind[i] === 2 ? procs.id[scope[i]] : go(scope[i]);
      return [kind[i], start[i], end[i], of, strings[reason[i]], swept[i], reclaimed[i]];
    }),
    tasks: rows(tasks.length, (i) => [
      tasks.id[i],
      task(tasks.parent[i]),
      strings[tasks.name[i]],
      tasks.start[i],
      tasks.end[i],
      go(tasks.startGoroutine[i]),
      go(tasks.endGoroutine[i]),
      stack(tasks.startStack[i]),
      stack(tasks.endStack[i]),
    ]),
    regions: rows(trace.regions.length, (i) => {
      const { regions } = trace;
      const words = [strings[regions.name[i]], stack(regions.startStack[i])];
      const times = [regions.start[i], regions.end[i]];
      return [
        task(regions.task[i]),
        go(regions.goroutine[i]),
        ...times,
        regions.parent[i],
        ...words,
      ];
    }),
    logs: rows(trace.logs.length, (i) => [
      trace.logs.time[i],
      task(trace.logs.task[i]),
      strings[trace.logs.category[i]],
      strings[trace.logs.message[i]],
    ]),
    samples: rows(trace.samples.length, (i) => [
      trace.samples.time[i],
      go(trace.samples.goroutine[i]),
      stack(trace.samples.stack[i]),
    ]),
    labels: rows(trace.labels.length, (i) => [
      trace.labels.time[i],
      go(trace.labels.goroutine[i]),
      strings[trace.labels.label[i]],
    ]),
    counters: [trace.heapAlloc, trace.heapGoal, trace.gomaxprocs],
    experiments: trace.experiments,
  };
}

describe.each(names)('%s decoded in parts', (name) => {
  const source = bytesSource(readFileSync(join(folder, name)));
  const whole = decodeTrace(source);

  test.each([2, 3])('is the same trace: %d parts', async (count) => {
    const joined = inWords(await inParts(source, count));
    for (const [what, expected] of Object.entries(inWords(whole))) {
      expect({ [what]: Object.entries(joined).find(([key]) => key === what)?.[1] }).toEqual({
        [what]: expected,
      });
    }
  });

  test('gives the same single events', async () => {
    const joined = await inParts(source, 2);
    const step = Math.ceil(whole.eventCount / 10);
    for (let from = 0; from < whole.eventCount; from += step) {
      const one = readEvents(joined, source, from, from + 200);
      const other = readEvents(whole, source, from, from + 200);
      expect(one.time).toEqual(other.time);
      expect(one.kind).toEqual(other.kind);
      const ids = (trace: Trace, column: Int32Array) =>
        Array.from(column, (g) => (g < 0 ? -1n : trace.goroutines.id[g]));
      expect(ids(joined, one.goroutine)).toEqual(ids(whole, other.goroutine));
    }
  });
});

test('pieces are whole generations of about equal size', () => {
  const source = bytesSource(readFileSync(join(folder, names[0])));
  const pieces = splitTrace(source, 2);
  expect(pieces[0].start).toBe(16);
  expect(pieces.at(-1)?.end).toBe(source.size);
  for (let i = 1; i < pieces.length; i++) expect(pieces[i].start).toBe(pieces[i - 1].end);
});
