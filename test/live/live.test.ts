/**
 * The diagnoses against running services: the demo with each of its faults, and services that were
 * written without the rules in mind. `score.ts` does the same many times over.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { observe } from '../../src/collect/observe.ts';
import { explain } from '../../src/explain/explain.ts';
import type { FindingsReport } from '../../src/explain/finding.ts';
import { build, goIsAvailable, judge, type LiveCase, liveCases, pause, start } from './harness.ts';

const FOREIGN = [
  'bodies',
  'encodecache',
  'idlepool',
  'ledger',
  'registry',
  'subslice',
  'transfers',
  'warmup',
];
/** Services that run beside each other: more would starve each other on two cores. */
const SLOTS = 3;
const WINDOW_SECONDS = 15;
const SETTLE_MILLIS = 2500;

const hasGo = goIsAvailable();
const chosen = liveCases().filter((c) => c.program === 'shop' || FOREIGN.includes(c.name));

describe.skipIf(!hasGo)('explaining live services (needs go on the PATH)', () => {
  const reports = new Map<string, FindingsReport>();
  const binaries = new Map<string, string>();

  beforeAll(async () => {
    for (const program of new Set(chosen.map((c) => c.program))) {
      binaries.set(program, build(program));
    }
    const queue = [...chosen];
    const slot = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        reports.set(next.name, await reportOf(next, binaries.get(next.program) ?? ''));
      }
    };
    await Promise.all(Array.from({ length: SLOTS }, slot));
  }, 240_000);

  for (const one of chosen) {
    const { name, fault } = one;
    const what = fault === undefined ? 'nothing above low' : `${fault.kinds.join(' or ')} first`;
    test(`${name}: ${what}`, { timeout: 60_000 }, async () => {
      const first = reports.get(name);
      if (first === undefined) throw new Error('it was not observed');
      if (judge(first, fault).right) return;
      // Services beside each other on few cores can hide what is wrong with one: it is observed alone.
      const alone = await reportOf(one, binaries.get(one.program) ?? '');
      const both = `beside others:\n${summaryOf(first)}\nalone:\n${summaryOf(alone)}`;
      expect(judge(alone, fault).right, both).toBe(true);
    });
  }
});

async function reportOf(one: LiveCase, binary: string): Promise<FindingsReport> {
  const service = await start(binary, one);
  try {
    await pause(SETTLE_MILLIS);
    return explain(await observe(service.address, { forSeconds: WINDOW_SECONDS }));
  } finally {
    await service.stop();
  }
}

/** What a failed expectation shows. */
function summaryOf(report: FindingsReport): string {
  const lines = report.findings.map((f) => {
    const places = f.where.map((p) => `${p.function} ${p.file}:${p.line}`);
    return `${f.severity} ${f.kind} ${f.title}\n    ${places.join('\n    ')}`;
  });
  return lines.length === 0 ? 'no findings' : lines.join('\n');
}
