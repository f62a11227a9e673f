import { describe, expect, test } from 'vitest';
import { observationFromText, type TextMetrics } from './fromtext.ts';
import { findGcCost } from './gc-cost.ts';
import { openWindow } from './window.ts';

const GC = 'runtime.gcBgMarkWorker;runtime.gcDrain;runtime.scanobject';
const IDLE = 'runtime.gcBgMarkWorker;runtime.gcDrainMarkWorkerIdle;runtime.gcDrain';
const ALLOC = 'runtime.newobject;runtime.mallocgc';

/** Allocated bytes of each stack at the end of the window, from nothing at its beginning. */
function heap(at: number, stacks: string) {
  return { type: 'heap', at, stacks } as const;
}

function find(cpu: string, end: string, metrics: readonly TextMetrics[] = []) {
  const stacks = end.replace(/-?\d+ -?\d+ -?\d+ -?\d+/g, '0 0 0 0');
  const observation = observationFromText({
    captures: [{ type: 'cpu', at: 0, for: 10, stacks: cpu }, heap(0, stacks), heap(10, end)],
    metrics,
  });
  return findGcCost(openWindow(observation)).map((d) => d.finding);
}

describe('gc-cost', () => {
  test('names the line that allocates, with marking divided by bytes', () => {
    const [finding] = find(
      `main.serve@m.go:5;main.node@m.go:9;${ALLOC} 200
       main.serve@m.go:5;main.node@m.go:9 100
       main.serve@m.go:6;fmt.Sprint;${ALLOC} 20
       ${GC} 300`,
      `main.serve@m.go:5;main.node@m.go:9 900000 90000000 0 0
       main.serve@m.go:6;fmt.Sprint 10000 10000000 0 0`,
    );
    expect(finding?.kind).toBe('gc-cost');
    expect(finding?.severity).toBe('high');
    expect(finding?.where.map((p) => `${p.function}:${p.line}`)).toEqual([
      'main.node:9',
      'main.serve:5',
    ]);
    expect(finding?.title).toContain('84 % of CPU');
    expect(finding?.fix).toContain('one slice');
    expect(finding?.evidence[1]?.value).toBeCloseTo(9_000_000);
  });

  test('is silent in a program that computes', () => {
    const none = find(`main.loop@m.go:5 900\n ${GC} 20`, 'main.loop@m.go:4 10 1000 0 0');
    expect(none).toEqual([]);
  });

  test('leaves idle marking out', () => {
    const cpu = `main.loop@m.go:5 100\n ${IDLE} 900`;
    expect(find(cpu, 'main.loop@m.go:4 10000 10000000 0 0')).toEqual([]);
  });

  test('takes off the collections that the observation forced', () => {
    const cpu = `main.loop@m.go:5 100\n ${GC} 100`;
    const end = 'main.loop@m.go:4 10000 10000000 0 0';
    const cycles = (at: number, value: number) => ({
      at,
      values: { '/gc/cycles/total:gc-cycles': value },
    });
    expect(find(cpu, end, [cycles(0, 10), cycles(10, 110)])[0]?.severity).toBe('medium');
    // Two snapshots forced two of two cycles: nothing of the marking is the program's.
    expect(find(cpu, end, [cycles(0, 10), cycles(10, 12)])).toEqual([]);
  });

  test('a bill that nobody owes alone is no finding', () => {
    const lines = Array.from({ length: 20 }, (_, i) => i);
    const cpu = lines.map((i) => `main.f${i}@m.go:${i + 1};${ALLOC} 10`).join('\n');
    const end = lines.map((i) => `main.f${i}@m.go:${i + 1} 1000 1000000 0 0`).join('\n');
    expect(find(`${cpu}\n${GC} 200\nmain.g@m.go:99 200`, end)).toEqual([]);
  });

  test('an idle program stays low', () => {
    const cpu = `main.node@m.go:9;${ALLOC} 40\n ${GC} 20`;
    expect(find(cpu, 'main.node@m.go:9 900 900000 0 0')[0]?.severity).toBe('low');
  });

  test('a handful of samples says nothing', () => {
    expect(find(`main.node@m.go:9;${ALLOC} 9`, 'main.node@m.go:9 900 900000 0 0')).toEqual([]);
  });

  test('needs no heap profile: a CPU profile alone divides by time', () => {
    const stacks = `main.node@m.go:9;${ALLOC} 300\n ${GC} 300\n main.rest@m.go:1 100`;
    const observation = observationFromText({
      captures: [{ type: 'cpu', at: 0, for: 10, stacks }],
    });
    const [draft] = findGcCost(openWindow(observation));
    expect(draft?.finding.where[0]?.line).toBe(9);
    expect(draft?.finding.evidence[1]?.text).toContain(
      '100 % of the CPU time that allocating takes',
    );
  });

  test('works on deltas as a store keeps them', () => {
    const stacks = 'main.node@m.go:9 1000 1000000 0 0';
    const observation = observationFromText({
      captures: [
        { type: 'cpu', at: 0, for: 10, stacks: `main.node@m.go:9;${ALLOC} 200\n ${GC} 100` },
        { type: 'heap', at: 0, for: 5, delta: true, gentle: true, stacks },
        { type: 'heap', at: 5, for: 5, delta: true, gentle: true, stacks },
      ],
    });
    const [draft] = findGcCost(openWindow(observation));
    expect(draft?.finding.where[0]?.line).toBe(9);
    expect(draft?.finding.evidence[1]?.value).toBeCloseTo(200_000);
  });
});
