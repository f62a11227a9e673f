/** Goroutine statistics, regions, tasks, selected profiles and MMU: equal to those of cmd/trace. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../../src/profile/profile.ts';
import { derivedProfile } from '../../../src/trace/analysis/derived.ts';
import { type ExecStats, execStats } from '../../../src/trace/analysis/execstats.ts';
import { MmuCurve } from '../../../src/trace/analysis/mmu.ts';
import { mutatorUtilisation } from '../../../src/trace/analysis/mutator.ts';
import { goroutineNames, goroutinesNamed } from '../../../src/trace/analysis/names.ts';
import { regionTimeUse } from '../../../src/trace/analysis/regions.ts';
import { regionSpans } from '../../../src/trace/analysis/selection.ts';
import { checkTrace, decodeTrace } from '../../../src/trace/decode.ts';
import { bytesSource } from '../../../src/trace/source.ts';
import { stateAt } from '../../../src/trace/states.ts';
import { GoState, goState } from '../../../src/trace/statetrack.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { buildAnalysisReference, type ReferenceAnalysis } from './analysis-reference.ts';

const folders = [join(import.meta.dirname, '../../fixtures/trace'), process.env.WHYGO_TRACES ?? ''];
const recordings = folders
  .filter((folder) => folder !== '')
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.trace'))
  .filter((path) => checkTrace(bytesSource(readFileSync(path))).isAccepted)
  .map((path) => ({ name: path.slice(path.lastIndexOf('/') + 1), path }));

const reference = buildAnalysisReference();
const millis = (name: string) => ({ name, timeout: 120_000 });

interface Line {
  readonly [field: string]: unknown;
}

function nonZero(times: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).filter(([, time]) => time !== 0));
}

function theirGoroutines({ Goroutines }: ReferenceAnalysis): Map<number, Line> {
  return new Map(
    Goroutines.map(({ ID, Name, Creation, Start, End, Stats }) => [
      ID,
      {
        Name,
        Creation,
        Start,
        End,
        ...Stats,
        Block: nonZero(Stats.Block),
        Range: nonZero(Stats.Range),
      },
    ]),
  );
}

function byGoroutine(
  trace: Trace,
  part: { goroutine: Int32Array; time: Float64Array },
  nameOf: (row: number) => string,
): Map<number, Record<string, number>> {
  const found = new Map<number, Record<string, number>>();
  for (let row = 0; row < part.goroutine.length; row++) {
    const id = Number(trace.goroutines.id[part.goroutine[row]]);
    const times = found.get(id) ?? {};
    times[nameOf(row)] = part.time[row];
    found.set(id, times);
  }
  return found;
}

function ourGoroutines(trace: Trace, stats: ExecStats): Map<number, Line> {
  const { strings, goroutines, origin } = trace;
  const blocked = byGoroutine(trace, stats.blocked, (row) => strings[stats.blocked.name[row]]);
  const ranges = byGoroutine(trace, stats.ranges, (row) => stats.ranges.name[row]);
  const absolute = (time: number) => (Number.isNaN(time) ? 0 : Number(origin) + time);
  const lines = new Map<number, Line>();
  const names = goroutineNames(trace);
  for (let go = 0; go < stats.length; go++) {
    const id = Number(goroutines.id[go]);
    lines.set(id, {
      Name: names.isInferred[go] === 1 ? '' : strings[names.name[go]],
      Creation: absolute(stats.begin[go]),
      Start: absolute(stats.firstRun[go]),
      End: absolute(stats.end[go]),
      Exec: stats.running[go],
      Sched: stats.runnable[go],
      Syscall: stats.syscall[go],
      SyscallBlock: stats.syscallBlocked[go],
      Total: stats.total[go],
      Block: nonZero(blocked.get(id) ?? {}),
      Range: nonZero(ranges.get(id) ?? {}),
    });
  }
  return lines;
}

function isInSyscallAtEnd(trace: Trace, id: number): boolean {
  const go = trace.goroutines.id.indexOf(BigInt(id));
  const last = stateAt(trace.goroutineStates, go, trace.duration);
  return last !== undefined && goState(last.state) === GoState.syscall;
}

function theirStacks(analysis: ReferenceAnalysis, query: string): string[] {
  return analysis.Profiles[query]
    .map(({ Count, Time, Stack }) => `${Count} ${Time} ${(Stack ?? []).join(';')}`)
    .sort();
}

function ourStacks({ strings, functions, locations, stacks, samples }: Profile): string[] {
  return Array.from({ length: samples.length }, (_, i) => {
    const stack = samples.stack[i];
    const run = stacks.locations.subarray(stacks.start[stack], stacks.start[stack + 1]);
    const names = Array.from(run, (location) => {
      const line = locations.lineStart[location];
      return strings[functions.name[locations.lineFunction[line]]];
    });
    return `${samples.values[0][i]} ${samples.values[1][i]} ${names.join(';')}`;
  }).sort();
}

describe.skipIf(reference === undefined)('cmd/trace (needs go on the PATH, with sources)', () => {
  const nothing: ReferenceAnalysis = { Goroutines: [], Tasks: [], MMU: {}, Profiles: {} };
  const analyse = reference ?? (() => nothing);

  describe.each(recordings)('$name', millis('$name'), ({ path }) => {
    const trace = decodeTrace(bytesSource(readFileSync(path)));
    const theirs = analyse(path);

    test('what every goroutine did', () => {
      const ours = ourGoroutines(trace, execStats(trace));
      const expected = theirGoroutines(theirs);
      // Go counts the blocked part of a syscall that is still open twice.
      const ids = [...expected.keys()].filter((id) => !isInSyscallAtEnd(trace, id));
      expect(ids.length).toBeGreaterThan(5);
      const pick = (lines: Map<number, Line>) => ids.map((id) => ({ id, ...lines.get(id) }));
      expect(pick(ours)).toEqual(pick(expected));
    });

    test('what goroutines did in regions', () => {
      const { regions, goroutines, strings, origin } = trace;
      const uses = regionTimeUse(trace);
      const ours = uses.map((use, row) =>
        JSON.stringify([
          Number(goroutines.id[regions.goroutine[row]]),
          strings[regions.name[row]],
          Number.isNaN(regions.start[row]) ? 0 : Number(origin) + regions.start[row],
          use.running,
          use.runnable,
          use.syscall,
          use.syscallBlocked,
          use.waiting,
        ]),
      );
      const expected = theirs.Goroutines.flatMap(({ ID, Regions }) =>
        (Regions ?? [])
          .filter(({ Name }) => Name !== '')
          .map(({ Name, Start, Stats }) =>
            JSON.stringify([
              ID,
              Name,
              Start,
              Stats.Exec,
              Stats.Sched,
              Stats.Syscall,
              Stats.SyscallBlock,
              Object.values(Stats.Block).reduce((a, b) => a + b, 0),
            ]),
          ),
      );
      expect(ours.sort()).toEqual(expected.sort());
    });

    test('tasks', () => {
      const { tasks, strings, origin } = trace;
      const time = (at: number) => (Number.isNaN(at) ? 0 : Number(origin) + at);
      const ours = Array.from(tasks.id, (id, row) => ({
        ID: Number(id),
        Name: strings[tasks.name[row]],
        Start: time(tasks.start[row]),
        End: time(tasks.end[row]),
      }));
      const expected = (theirs.Tasks ?? [])
        .filter(({ ID }) => ID !== 0)
        .map(({ ID, Name, Start, End }) => ({ ID, Name, Start, End }));
      const byId = (a: { ID: number }, b: { ID: number }) => a.ID - b.ID;
      expect(ours.sort(byId)).toEqual(expected.sort(byId));
    });

    test('profiles of goroutine groups and of regions', () => {
      const queries = Object.keys(theirs.Profiles);
      expect(queries.length).toBeGreaterThan(3);
      for (const query of queries) {
        const [kind, encoded = ''] = query.split('=');
        const name = decodeURIComponent(encoded.replaceAll('+', ' '));
        const profile =
          kind === 'name'
            ? derivedProfile(trace, 'sync', { goroutines: goroutinesNamed(trace, name) })
            : derivedProfile(trace, 'sched', { spans: regionSpans(trace, { name }) });
        expect({ query, samples: ourStacks(profile) }).toEqual({
          query,
          samples: theirStacks(theirs, query),
        });
      }
    });

    test.each(Object.keys(theirs.MMU))('mutator utilisation: %s', (flags) => {
      const has = (flag: string) => flags.split(',').includes(flag);
      const series = mutatorUtilisation(trace, {
        stw: has('stw'),
        background: has('background'),
        assist: has('assist'),
        sweep: has('sweep'),
        perProc: has('perproc'),
        likeGo: true,
      });
      const expected = theirs.MMU[flags];
      const curve = new MmuCurve(series);
      expect(series.length).toBe(expected.Series);
      expect(series.reduce((sum, { time }) => sum + time.length, 0)).toBe(expected.Changes);
      expected.Windows.forEach((window, i) => {
        const where = `window ${window}`;
        expect(curve.minimum(window), where).toBeCloseTo(expected.MMU[i], 9);
        // Go means these to be the shares of a distribution, but never adds to it: they are the minimum.
        for (const share of expected.MUD[i]) {
          expect(curve.minimum(window), where).toBeCloseTo(share, 6);
        }
      });
    });
  });
});
