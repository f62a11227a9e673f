/** The bundled recording of the demo, explained as a folder: no Go is needed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { observationFromRecording } from '../../src/collect/observe.ts';
import { explain } from '../../src/explain/explain.ts';
import type { FindingsReport } from '../../src/explain/finding.ts';
import type { Observation } from '../../src/explain/observation.ts';

const folder = join(import.meta.dirname, '../fixtures/demo');

interface DemoFault {
  readonly finding: string;
  readonly on: boolean;
  readonly where: { readonly function: string; readonly file: string; readonly line: number };
}

const { faults }: { faults: readonly DemoFault[] } = JSON.parse(
  readFileSync(join(folder, 'faults.json'), 'utf8'),
);

/** The part of an observation that ends before `seconds` have passed. */
function before(observation: Observation, seconds: number): Observation {
  const end = observation.fromNanos + BigInt(seconds * 1e9);
  return {
    ...observation,
    toNanos: end,
    captures: observation.captures.filter((c) => c.startNanos + c.durationNanos <= end),
    metrics: observation.metrics.filter((m) => m.timeNanos <= end),
  };
}

describe('the recording of the demo', () => {
  let observation: Observation;
  let report: FindingsReport;

  beforeAll(async () => {
    observation = await observationFromRecording(folder);
    report = explain(observation);
  });

  test('leads to the faults that were switched on, and to nothing else above low', () => {
    const serious = report.findings.filter((f) => f.severity !== 'low' && f.severity !== 'info');
    const wanted = faults.filter((f) => f.on).map(({ finding, where }) => ({ finding, where }));
    const found = serious.map((f) => ({ finding: f.kind, where: f.where[0] }));
    const byKind = (a: { finding: string }, b: { finding: string }) =>
      a.finding < b.finding ? -1 : 1;
    expect(found.sort(byKind)).toEqual(wanted.sort(byKind));
  });

  test('of the time before the first fault has nothing above low', () => {
    const { findings } = explain(before(observation, 115));
    expect(findings.filter((f) => f.severity !== 'low').map((f) => f.title)).toEqual([]);
  });

  test('names evidence that can be opened, with stacks', () => {
    for (const finding of report.findings) {
      expect(finding.evidence.some((e) => e.view !== undefined)).toBe(true);
      expect(finding.evidence.some((e) => (e.stack?.length ?? 0) > 0)).toBe(true);
      for (const text of [finding.impact, finding.next, finding.fix]) expect(text).not.toBe('');
    }
  });
});
