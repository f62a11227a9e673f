import { describe, expect, test } from 'vitest';
import type { Finding, FindingsReport } from './finding.ts';
import { formatReport } from './text.ts';

const finding: Finding = {
  kind: 'heap-leak',
  title: 'The heap grows by 3.1 MB/min at cart.(*Store).Add (cart.go:31)',
  severity: 'high',
  confidence: 0.9,
  where: [
    { function: 'example.org/shop/cart.(*Store).Add', file: '/src/shop/cart/cart.go', line: 31 },
    { function: 'main.serve', file: '/src/shop/main.go', line: 12 },
  ],
  evidence: [{ text: 'In use: 2 MB → 4 MB' }],
  counterEvidence: [{ text: 'A cache that is still filling looks the same' }],
  impact: '3.1 MB/min',
  next: 'Take two heap profiles ten minutes apart.',
  fix: 'Bound the map.',
};

const report: FindingsReport = {
  schema: 'whygo.findings/1',
  target: 'localhost:6060',
  window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:30.000Z' },
  findings: [finding],
  notMeasurable: [
    { question: 'Who holds locks', why: 'the mutex profile is off', collect: 'SetRates' },
  ],
};

describe('the report in a terminal', () => {
  test('says what, where, how sure, why, why not, what to do, and what could not be told', () => {
    expect(formatReport(report, { width: 100 })).toBe(`localhost:6060: 1 finding in 30 s

● heap-leak: The heap grows by 3.1 MB/min at cart.(*Store).Add (cart.go:31)
  cart.(*Store).Add at /src/shop/cart/cart.go:31
  then main.serve at /src/shop/main.go:12
  high, 90 % sure; costs 3.1 MB/min
    + In use: 2 MB → 4 MB
    − A cache that is still filling looks the same
    do    Bound the map.
    next  Take two heap profiles ten minutes apart.

Could not be told
  Who holds locks: the mutex profile is off.
    → SetRates
`);
  });

  test('keeps within the width', () => {
    const lines = formatReport(report, { width: 50 }).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
  });

  test('has colours only when told', () => {
    const csi = '\u001b[';
    expect(formatReport(report)).not.toContain(csi);
    expect(formatReport(report, { color: true })).toContain(`${csi}31m●${csi}0m`);
  });

  test('shows five findings and counts the rest', () => {
    const findings = Array.from({ length: 7 }, () => finding);
    const text = formatReport({ ...report, findings });
    expect(text.match(/●/g)).toHaveLength(5);
    expect(text).toContain('2 findings more with --json.');
  });

  test('of a healthy process says so', () => {
    const healthy = { ...report, findings: [], notMeasurable: [] };
    expect(formatReport(healthy)).toBe('localhost:6060: nothing found in 30 s\n');
  });
});
