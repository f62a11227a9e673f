/** google/pprof's own golden files against ours, by the command lines of its tests. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { missingReference, moduleFolder } from '../pprof/reference.ts';
import { driverCases, dumpProfiles, type GoldenCase, legacyCases, reportCases } from './goldens.ts';

const missing = missingReference();
const cases = missing === undefined ? allGoldens() : [];
const tally = new Map<string, { equal: number; of: number; unreachable: number }>();

function allGoldens(): GoldenCase[] {
  const module = moduleFolder();
  const profiles = dumpProfiles(module);
  return [
    ...driverCases(module, profiles),
    ...legacyCases(module),
    ...reportCases(module, profiles),
  ];
}

afterAll(() => {
  let equal = 0;
  let of = 0;
  for (const [group, counts] of tally) {
    equal += counts.equal;
    of += counts.of;
    const rest = counts.unreachable;
    const unreachable = rest === 0 ? '' : `; ${rest} are out of a command line's reach`;
    console.log(`pprof's golden files, ${group}: ${counts.equal} of ${counts.of}${unreachable}`);
  }
  if (of > 0) console.log(`pprof's golden files, all groups: ${equal} of ${of} equal`);
});

function count(group: string): { equal: number; of: number; unreachable: number } {
  const counts = tally.get(group) ?? { equal: 0, of: 0, unreachable: 0 };
  tally.set(group, counts);
  return counts;
}

describe.skipIf(missing !== undefined)(`golden files (${missing ?? 'are here'})`, () => {
  test('there are some', () => expect(cases.length).toBeGreaterThan(60));

  for (const { group, name, ours, golden, unreachable } of cases) {
    if (unreachable !== undefined) {
      count(group).unreachable++;
      test.skip(`${group}: ${name} (skipped: ${unreachable})`, () => undefined);
      continue;
    }
    count(group).of++;
    test(`${group}: ${name}`, async () => {
      expect(await ours()).toBe(readFileSync(golden, 'utf8'));
      count(group).equal++;
    });
  }
});
