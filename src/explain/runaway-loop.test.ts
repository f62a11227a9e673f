/** Loops that run all the time: which get nowhere, and which only compute. */
import { describe, expect, test } from 'vitest';
import { explain } from './explain.ts';
import type { Finding } from './finding.ts';
import { observationFromText, type TextCapture } from './fromtext.ts';

function found(captures: readonly TextCapture[]): readonly Finding[] {
  const { findings } = explain(observationFromText({ captures }));
  return findings.filter(({ kind }) => kind === 'runaway-loop');
}

/** Three CPU profiles of ten seconds, and a snapshot with each. */
function watched(cpu: string, goroutines: string): TextCapture[] {
  return [0, 10, 20].flatMap((at): TextCapture[] => [
    { type: 'cpu', at, for: 10, stacks: cpu },
    { type: 'goroutine', at: at + 1, stacks: goroutines },
  ]);
}

const running = 'main.run@run.go:19 1\nmain.main;runtime.gopark 1';

describe('a loop that looks whether something has changed', () => {
  const polling =
    'main.run@run.go:19;runtime.selectgo 700\nmain.run@run.go:19;runtime.selectgo;runtime.sellock 150\nmain.run@run.go:20 50';

  test('all the time is high after twenty seconds', () => {
    const [finding] = found(watched(polling, running));
    expect(finding).toMatchObject({ severity: 'high' });
    expect(finding?.where[0]).toMatchObject({ function: 'main.run', line: 19 });
    expect(finding?.title).toContain('0.9 cores for 30 s');
  });

  test('is in the runtime when a snapshot meets it, but not parked', () => {
    const inSelect = 'main.run@run.go:19;runtime.selectgo 1\nmain.main;runtime.gopark 1';
    expect(found(watched(polling, inSelect))).toHaveLength(1);
  });

  test('is none when it was seen to wait', () => {
    const parked = 'main.run@run.go:19;runtime.selectgo;runtime.gopark 1';
    expect(found(watched(polling, parked))).toEqual([]);
  });

  test('is not told of five seconds', () => {
    expect(found([{ type: 'cpu', at: 0, for: 5, stacks: polling }])).toEqual([]);
  });
});

describe('a loop that computes', () => {
  test('on one line, without a single sample elsewhere, may never end', () => {
    const [finding] = found(watched('main.run@run.go:19 900', running));
    expect(finding).toMatchObject({ severity: 'medium', confidence: 0.55 });
    expect(finding?.counterEvidence[0]?.text).toContain('long computation');
  });

  test('on many lines stays low', () => {
    const lines = [19, 20, 21, 22, 23].map((n) => `main.run@run.go:${n} 180`).join('\n');
    expect(found(watched(lines, running))[0]).toMatchObject({ severity: 'low', confidence: 0.3 });
  });

  test('and allocates or writes gets somewhere', () => {
    const allocating = 'main.run@run.go:19 800\nmain.run@run.go:20;runtime.mallocgc 100';
    const writing = 'main.run@run.go:19 800\nmain.run@run.go:20;syscall.Write;syscall.Syscall 100';
    expect(found(watched(allocating, running))).toEqual([]);
    expect(found(watched(writing, running))).toEqual([]);
  });

  test('in several goroutines is a load', () => {
    expect(found(watched('main.run@run.go:19 900', 'main.run@run.go:19 4'))).toEqual([]);
  });
});
