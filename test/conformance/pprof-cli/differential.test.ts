/**
 * `whygo pprof` against Go's pprof: the same command lines on the same profiles, standard output and exit
 * status byte for byte. pprof's answers are kept in .cache, so that only the first run takes minutes.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { missingReference, moduleFolder } from '../pprof/reference.ts';
import { compare, type Outcome } from './compare.ts';
import { allCases, type Case, legacyCases } from './matrix.ts';
import { goVersion, Peer } from './peer.ts';

const version = goVersion();
const groups = new Map<string, Case[]>();
const noModule = version === undefined ? 'needs go on the PATH' : missingReference();
const legacy = noModule === undefined ? legacyCases(join(moduleFolder(), 'profile/testdata')) : [];
for (const one of [...allCases(), ...legacy])
  groups.set(one.group, [...(groups.get(one.group) ?? []), one]);

const tally = new Map<string, Record<Outcome['verdict'], number>>();

afterAll(() => {
  const total = { cases: 0, equal: 0 };
  for (const [group, { equal, reordered, undecided, different }] of tally) {
    const cases = equal + reordered + undecided + different;
    total.cases += cases;
    total.equal += equal;
    console.log(
      `pprof ${group}: ${equal} of ${cases} equal` +
        `; where pprof disagrees with itself: ${reordered} reordered, ${undecided} undecided`,
    );
  }
  if (total.cases > 0) console.log(`pprof, all groups: ${total.equal} of ${total.cases} equal`);
});

describe.skipIf(version === undefined)(
  `the same output as pprof${version === undefined ? ' (skipped: needs go on the PATH)' : ''}`,
  () => {
    const peer = version === undefined ? undefined : new Peer(version);
    for (const [group, cases] of groups) {
      test(`${group}: ${cases.length} cases`, { timeout: 900_000 }, async () => {
        const counts = { equal: 0, reordered: 0, undecided: 0, different: 0 };
        tally.set(group, counts);
        const different: string[] = [];
        for (const one of cases) {
          if (peer === undefined) break;
          const { verdict } = await compare(peer, one);
          counts[verdict]++;
          if (verdict === 'different') different.push(`${one.args.join(' ')} ${one.script ?? ''}`);
        }
        expect(different).toEqual([]);
      });
    }
  },
);

if (noModule !== undefined) {
  test.skip(`legacy profiles (skipped: ${noModule})`, () => undefined);
}
