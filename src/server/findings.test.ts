import { describe, expect, test } from 'vitest';
import type { Finding } from '../explain/finding.ts';
import type { FindingRecord, TimeRange } from '../store/store.ts';
import { FindingLog, type Found, fold, wireFinding } from './findings.ts';

const SECOND = 1_000_000_000n;
const KEY = { service: 'shop', labels: { instance: 'a:1' } };

function leak(over: Partial<Finding> = {}): Finding {
  return {
    kind: 'heap-leak',
    title: 'main.add keeps 3 MB/min',
    severity: 'medium',
    confidence: 0.8,
    where: [{ function: 'main.add', file: 'cart.go', line: 12 }],
    evidence: [{ text: 'rose in 6 of 6 intervals' }],
    counterEvidence: [],
    impact: '3 MB/min',
    next: 'a heap profile in ten minutes',
    fix: 'bound the map',
    ...over,
  };
}

const range = (from: number, to: number) => ({
  fromNanos: BigInt(from) * SECOND,
  toNanos: BigInt(to) * SECOND,
});

const found = (window: TimeRange, finding: Finding): Found[] => [{ finding, range: window }];

function memory(): {
  readonly records: FindingRecord[];
  readonly log: FindingLog;
} {
  const records: FindingRecord[] = [];
  const store = {
    async putFindings(more: readonly FindingRecord[]) {
      records.push(...more);
    },
    async findings() {
      return records;
    },
  };
  return { records, log: new FindingLog(store) };
}

describe('a finding that goes on', () => {
  test('is told once, and its range grows', async () => {
    const { log } = memory();
    expect(await log.report(KEY, found(range(0, 100), leak()), [])).toHaveLength(1);
    expect(await log.report(KEY, found(range(10, 110), leak()), [])).toHaveLength(0);
    expect(await log.report(KEY, found(range(400, 500), leak()), [])).toHaveLength(0);
    const seen = await log.records(range(0, 1000), 'shop');
    expect(seen.map((r) => [r.range, r.atNanos])).toEqual([[range(0, 500), 100n * SECOND]]);
  });

  test('is told again when it becomes worse', async () => {
    const { log } = memory();
    await log.report(KEY, found(range(0, 100), leak()), []);
    const worse = await log.report(KEY, found(range(10, 110), leak({ severity: 'high' })), []);
    expect(worse.map((r) => r.finding.severity)).toEqual(['high']);
  });

  test('is stored at most once a minute', async () => {
    const { log, records } = memory();
    for (let at = 100; at <= 220; at += 10)
      await log.report(KEY, found(range(at - 100, at), leak()), []);
    expect(records).toHaveLength(3);
  });

  test('that comes back much later is another one', async () => {
    const { log } = memory();
    await log.report(KEY, found(range(0, 100), leak()), []);
    expect(await log.report(KEY, found(range(900, 1000), leak()), [])).toHaveLength(1);
  });
});

describe('what is the same finding', () => {
  const record = (over: Partial<FindingRecord> = {}): FindingRecord => {
    return { key: KEY, atNanos: 100n * SECOND, range: range(0, 100), finding: leak(), ...over };
  };

  test('the kind, the target and the first place decide', () => {
    const elsewhere = leak({ where: [{ function: 'main.other', file: 'o.go', line: 1 }] });
    const other = { service: 'shop', labels: { instance: 'b:1' } };
    expect(fold([record(), record()])).toHaveLength(1);
    expect(fold([record(), record({ finding: elsewhere })])).toHaveLength(2);
    expect(fold([record(), record({ finding: leak({ kind: 'gc-cost' }) })])).toHaveLength(2);
    expect(fold([record(), record({ key: other })])).toHaveLength(2);
  });

  test('the line may move', () => {
    const moved = leak({ where: [{ function: 'main.add', file: 'cart.go', line: 14 }] });
    expect(fold([record(), record({ finding: moved })])).toHaveLength(1);
  });

  test('the worst comes first, then the newest', () => {
    const low = record({
      finding: leak({ kind: 'cpu-hotspot', severity: 'low' }),
      range: range(0, 900),
    });
    const old = record({ finding: leak({ kind: 'gc-cost' }), range: range(0, 50) });
    const order = fold([low, old, record()]).map((r) => r.finding.kind);
    expect(order).toEqual(['heap-leak', 'gc-cost', 'cpu-hotspot']);
  });
});

test('questions that could not be answered are kept for each target, and told once', async () => {
  const { log } = memory();
  const question = { question: 'Do locks cost time?', why: 'no mutex profile', collect: 'set it' };
  await log.report(KEY, [], [question]);
  await log.report({ service: 'shop', labels: { instance: 'b:1' } }, [], [question]);
  expect((await log.answer(range(0, 1), 'shop')).notMeasurable).toEqual([question]);
  expect((await log.answer(range(0, 1), 'other')).notMeasurable).toEqual([]);
});

test('on the wire times are unix milliseconds', () => {
  const record = { key: KEY, atNanos: 5n * SECOND, range: range(1, 5), finding: leak() };
  expect(wireFinding(record)).toMatchObject({ service: 'shop', at: 5000, from: 1000, to: 5000 });
});
