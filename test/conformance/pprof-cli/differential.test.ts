/**
 * `whygo pprof` against Go's pprof: the same command lines on the same profiles, standard output and exit
 * status byte for byte. pprof's answers are kept in .cache, so that only the first run takes minutes.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { missingReference, moduleFolder } from '../pprof/reference.ts';
import { compare, type Outcome } from './compare.ts';
import { allCases, binaryCases, type Case, legacyCases, newestCases } from './matrix.ts';
import { buildNewest, buildPprof, goVersion, Peer } from './peer.ts';

/** Command lines that pprof answers while ours is computed. */
const AHEAD = 3;

const version = goVersion();
const noModule = version === undefined ? 'needs go on the PATH' : missingReference();
const tally = new Map<string, Record<Outcome['verdict'], number>>();

afterAll(() => {
  const total = { cases: 0, equal: 0, unstable: 0 };
  for (const [group, { equal, reordered, undecided, different }] of tally) {
    const cases = equal + reordered + undecided + different;
    total.cases += cases;
    total.equal += equal;
    total.unstable += reordered + undecided;
    const unstable =
      reordered + undecided === 0
        ? ''
        : `; in ${reordered + undecided} pprof disagrees with itself (${reordered} but for the order)`;
    console.log(`pprof ${group}: ${equal} of ${cases} equal${unstable}`);
  }
  const { cases, equal, unstable } = total;
  if (cases === 0) return;
  console.log(
    `pprof, all groups: ${equal} of ${cases} equal; in ${unstable} pprof disagrees with itself; ` +
      `${cases - equal - unstable} differ`,
  );
});

function byGroup(cases: readonly Case[]): ReadonlyMap<string, Case[]> {
  return Map.groupBy(cases, ({ group }) => group);
}

/** Command lines of which no answer of pprof is ours. */
async function differences(peer: Peer, group: string, cases: readonly Case[]): Promise<string[]> {
  const counts = { equal: 0, reordered: 0, undecided: 0, different: 0 };
  tally.set(group, counts);
  const different: string[] = [];
  for (const [i, one] of cases.entries()) {
    for (const { args, script } of cases.slice(i, i + AHEAD)) {
      peer.answer(args, 0, script).catch(() => undefined);
    }
    const { verdict } = await compare(peer, one);
    counts[verdict]++;
    if (verdict === 'different') different.push(`${one.args.join(' ')} ${one.script ?? ''}`);
  }
  return different;
}

function declare(peer: Peer, cases: readonly Case[]): void {
  for (const [group, ofGroup] of byGroup(cases)) {
    test(`${group}: ${ofGroup.length} cases`, { timeout: 900_000 }, async () => {
      expect(await differences(peer, group, ofGroup)).toEqual([]);
    });
  }
}

describe.skipIf(version === undefined)(
  `the same output as pprof${version === undefined ? ' (skipped: needs go on the PATH)' : ''}`,
  () => {
    if (version === undefined) return;
    const binary = buildPprof(version);
    const peer = new Peer(version, binary);
    declare(peer, [...allCases(), ...binaryCases(binary)]);
    if (noModule !== undefined) {
      test.skip(`legacy profiles, newest pprof (skipped: ${noModule})`, () => undefined);
      return;
    }
    declare(peer, legacyCases(join(moduleFolder(), 'profile/testdata')));
    const newest = buildNewest(version);
    declare(new Peer(newest, newest), newestCases());
  },
);
