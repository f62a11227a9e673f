/**
 * The explain loop over the recording of the demo shop, ten seconds at a time, as if it were live:
 * two healthy minutes, then a map that grows, then a lock that is held over I/O as well.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openRecording } from '../collect/recording.ts';
import { replay } from '../collect/replay.ts';
import { openDuckStore } from '../store/duck/open.ts';
import type { FindingRecord, Store } from '../store/store.ts';
import { explainWhole, startExplaining } from './explaining.ts';
import { FindingLog } from './findings.ts';
import { Intake } from './intake.ts';

const recorded = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'demo');
const STEP_MS = 10_000;

let folder: string;
let store: Store;
let begin: number;
let end: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whygo-explaining-'));
  store = await openDuckStore(folder, { memoryLimit: '256MB', threads: 1 });
  await replay(await openRecording(recorded), new Intake(store)).done;
  const [info] = await store.services();
  begin = Number((info?.firstNanos ?? 0n) / 1_000_000n);
  end = Number((info?.lastNanos ?? 0n) / 1_000_000n);
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What was told, with the moment of telling in unix milliseconds. */
async function watch(): Promise<{ readonly at: number; readonly record: FindingRecord }[]> {
  const told: { at: number; record: FindingRecord }[] = [];
  let now = begin;
  const loop = startExplaining({
    store,
    findings: new FindingLog(store),
    now: () => now,
    everyMs: 3_600_000,
    onFinding: (record) => told.push({ at: now, record }),
    onError: (error) => {
      throw error;
    },
  });
  for (now = begin + STEP_MS; now <= end; now += STEP_MS) await loop.look();
  await loop.stop();
  return told;
}

describe('while the demo shop is watched', () => {
  let told: Awaited<ReturnType<typeof watch>>;
  let switched: (name: string) => number;

  beforeAll(async () => {
    const text = readFileSync(join(recorded, 'faults.json'), 'utf8');
    const shape = z.object({
      switchedOn: z.array(z.object({ name: z.string(), timeUnixNano: z.string() })),
    });
    const { switchedOn } = shape.parse(JSON.parse(text));
    switched = (name) => {
      const found = switchedOn.find((one) => one.name === name);
      return Number(BigInt(found?.timeUnixNano ?? 0) / 1_000_000n);
    };
    told = await watch();
  });

  const serious = (kind: string) =>
    told.find(({ record: { finding } }) => {
      return (
        finding.kind === kind && (finding.severity === 'high' || finding.severity === 'medium')
      );
    });

  test('nothing above low is told while it is healthy', () => {
    const early = told.filter(({ at }) => at < switched('map-growth'));
    const severities = early.map(({ record }) => record.finding.severity);
    expect(severities.filter((s) => s === 'high' || s === 'medium')).toEqual([]);
  });

  test.each([
    ['map-growth', 'heap-leak', 'search.(*Service).remember'],
    ['lock-over-io', 'lock-contention', 'inventory.(*Stock).reserveLocked'],
  ])('%s is told within 90 s as %s in %s', (fault, kind, place) => {
    const found = serious(kind);
    expect(found?.record.finding.where[0]?.function).toContain(place);
    expect((found?.at ?? Number.POSITIVE_INFINITY) - switched(fault)).toBeLessThan(90_000);
  });

  test('each is told once for each severity', () => {
    const names = told.map(({ record: { finding } }) => {
      return `${finding.kind} ${finding.where[0]?.function} ${finding.severity}`;
    });
    expect(new Set(names).size).toBe(names.length);
  });
});

test('an opened recording is explained as a whole', async () => {
  const found = await explainWhole(store, new FindingLog(store));
  const kinds = found.filter((r) => r.finding.severity === 'high').map((r) => r.finding.kind);
  expect(kinds.sort()).toEqual(['heap-leak', 'lock-contention']);
});
