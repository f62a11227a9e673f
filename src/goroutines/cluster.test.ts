/** Groups by what they have in common. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clusterGoroutines, parseGroupBy, stateFamily } from './cluster.ts';
import { parseGoroutineDump } from './parse.ts';
import { goroutineCount } from './table.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const table = parseGoroutineDump(readFileSync(join(folder, 'leak-go1.27rc1.debug2.txt')));
const summary = (by: Parameters<typeof clusterGoroutines>[1]) =>
  clusterGoroutines(table, by).map(({ key, count }) => [key, count]);

const parse = (text: string) => parseGoroutineDump(new TextEncoder().encode(text));

describe('clusters', () => {
  test.each(['stack', 'similar', 'state', 'wait', 'creator', 'label', 'label:endpoint'] as const)(
    'by %s hold every goroutine once, largest first',
    (by) => {
      const counts = clusterGoroutines(table, by).map(({ count }) => count);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(goroutineCount(table));
      if (by !== 'wait') expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    },
  );

  test('by state', () => {
    expect(summary('state')[0]).toEqual(['chan send', 21]);
  });

  test('by wait, longest first', () => {
    expect(summary('wait').map(([key]) => key)).toEqual([
      '1 to 4 minutes',
      'less than a minute, or not said',
    ]);
  });

  test('by creator, the go statement', () => {
    expect(summary('creator')[0]).toEqual(['main.leakSend  dumps/main.go:89', 20]);
  });

  test('by one label, and those without it', () => {
    expect(summary('label:endpoint')).toEqual([
      ['', 41],
      ['/leaky', 1],
    ]);
  });

  test('similar stacks: other lines, more recursion and other labels make no difference', () => {
    const similar = parse(`goroutine 1 [chan send]:
main.walk(0x1)
\tmain.go:10 +0x1
main.walk(0x1)
\tmain.go:12 +0x1
main.start()
\tmain.go:3 +0x1

goroutine 2 [chan send, 5 minutes] {k: v}:
main.walk(0x2)
\tmain.go:11 +0x1
main.start()
\tmain.go:3 +0x1

goroutine 3 [sync.Mutex.Lock]:
main.walk(0x2)
\tmain.go:11 +0x1
main.start()
\tmain.go:3 +0x1
`);
    const clusters = clusterGoroutines(similar, 'similar');
    expect(clusters.map(({ count, waitMinutes }) => [count, waitMinutes.max])).toEqual([
      [2, 5],
      [1, 0],
    ]);
  });
});

test('states belong to families, of every Go version', () => {
  expect(
    [
      'sync.Mutex.Lock',
      'semacquire',
      'chan receive (nil chan)',
      'select (no cases)',
      'IO wait',
    ].map(stateFamily),
  ).toEqual(['lock', 'lock', 'channel', 'select', 'network']);
  expect(['', 'running', 'GC worker (idle)', 'a later reason'].map(stateFamily)).toEqual([
    'unknown',
    'running',
    'runtime',
    'other',
  ]);
});

test('words of --group-by', () => {
  expect(['state', 'label:a b', 'label:', 'stat'].map(parseGroupBy)).toEqual([
    'state',
    'label:a b',
    undefined,
    undefined,
  ]);
});
