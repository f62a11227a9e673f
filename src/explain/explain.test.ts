import { describe, expect, test } from 'vitest';
import { explain } from './explain.ts';
import { observationFromText, type TextCapture } from './fromtext.ts';

const ALLOC = 'runtime.newobject;runtime.mallocgc';
const MARK = 'runtime.gcBgMarkWorker;runtime.gcDrain';
const SEND = 'runtime.chansend1;runtime.chansend;runtime.gopark';

function heap(stack: string, megabytes: readonly number[]): TextCapture[] {
  return megabytes.map((m, i) => {
    const bytes = Math.round(m * 1024 * 1024);
    return { type: 'heap', at: i * 5, stacks: `${stack} ${bytes} ${bytes} ${bytes} ${bytes}` };
  });
}

function goroutines(stack: string, counts: readonly number[]): TextCapture[] {
  return counts.map((n, i) => ({ type: 'goroutine', at: i * 5, stacks: `${stack} ${n}` }));
}

const kinds = (captures: readonly TextCapture[]) =>
  explain(observationFromText({ captures })).findings.map((f) => `${f.severity} ${f.kind}`);

const GROWING = [2, 8, 14, 20, 26, 32, 38];

describe('a report', () => {
  test('of nothing says what could not be told', () => {
    const report = explain(observationFromText({ captures: [] }));
    expect(report).toMatchObject({
      schema: 'whygo.findings/1',
      target: 'test',
      window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z' },
      findings: [],
    });
    const questions = report.notMeasurable.map((n) => n.question);
    expect(questions).toContain('Whether the heap leaks');
    expect(questions).toContain('Whether goroutines leak');
    expect(questions).toContain('Where the CPU time goes, and what garbage collection costs');
    expect(questions).toContain('Who holds the locks that others wait for');
    for (const { why, collect } of report.notMeasurable) {
      expect(why).not.toBe('');
      expect(collect).not.toBe('');
    }
  });

  test('can leave out what matters little', () => {
    const captures = [{ type: 'cpu' as const, at: 0, for: 10, stacks: 'main.loop@m.go:3 900' }];
    const observation = observationFromText({ captures });
    expect(explain(observation).findings).toHaveLength(1);
    expect(explain(observation, { minSeverity: 'medium' }).findings).toEqual([]);
  });

  test('tells what was asked for and could not be had', () => {
    const missing = [{ type: 'mutex', why: 'HTTP 404' }];
    const report = explain(observationFromText({ captures: [], missing }));
    expect(report.notMeasurable.filter((n) => n.why.includes('HTTP 404'))).toHaveLength(1);
  });

  test('is the same for equal input', () => {
    const captures = heap('main.keep@m.go:9', GROWING);
    const once = explain(observationFromText({ captures }));
    expect(explain(observationFromText({ captures }))).toEqual(once);
  });
});

describe('one cause, several findings', () => {
  test('memory on the way of leaking goroutines follows from them', () => {
    const captures = [
      ...heap('main.handle@m.go:3;main.load@m.go:9', GROWING),
      ...goroutines(`main.handle.func1@m.go:12;${SEND}`, [9, 50, 91, 130, 170, 212, 250]),
    ];
    expect(kinds(captures)).toEqual(['high goroutine-leak', 'low heap-leak']);
  });

  test('memory elsewhere stands on its own', () => {
    const captures = [
      ...heap('main.search@m.go:70;main.remember@m.go:79', GROWING),
      ...goroutines(`main.handle.func1@m.go:12;${SEND}`, [9, 50, 91, 130, 170, 212, 250]),
    ];
    expect(kinds(captures).sort()).toEqual(['high goroutine-leak', 'high heap-leak']);
  });

  test('garbage of work that is repeated follows from the work', () => {
    const stack = 'main.handle@m.go:3;regexp.MustCompile';
    const captures: TextCapture[] = [
      {
        type: 'cpu',
        at: 0,
        for: 10,
        stacks: `${stack};regexp.compile 200\n${stack};${ALLOC} 200\n${MARK} 200`,
      },
      { type: 'heap', at: 0, stacks: `${stack} 0 0 0 0` },
      { type: 'heap', at: 10, stacks: `${stack} 100000 100000000 0 0` },
    ];
    expect(kinds(captures)).toEqual(['high cpu-hotspot', 'low gc-cost']);
  });

  test('goroutines that queue for a contended lock follow from the lock', () => {
    const waiter =
      'main.(*Stock).Reserve@m.go:20;sync.(*Mutex).Lock;sync.runtime_SemacquireMutex;runtime.gopark';
    const captures = [
      ...goroutines(waiter, [10, 30, 50, 70, 90, 110, 130]),
      {
        type: 'mutex' as const,
        at: 0,
        stacks: 'main.(*Stock).Reserve@m.go:25;sync.(*Mutex).Unlock 0 0',
      },
      {
        type: 'mutex' as const,
        at: 30,
        stacks: 'main.(*Stock).Reserve@m.go:25;sync.(*Mutex).Unlock 900 900000000000',
      },
    ];
    expect(kinds(captures)).toEqual(['high lock-contention', 'low goroutine-leak']);
  });
});
