import { describe, expect, test } from 'vitest';
import { readGodebug } from './reader.ts';
import { GodebugSummarizer } from './summary.ts';

/** `0ms idle=1 global=2 [3 4] ticks[5 6]`, one sample a line. */
function summaryOf(samples: string) {
  const summarizer = new GodebugSummarizer();
  const text = samples
    .trim()
    .split('\n')
    .map((line) => {
      const [, at, idle, global, queues = '', ticks = ''] =
        /(\d+)ms idle=(\d+) global=(\d+) \[(.*?)\](?: ticks\[(.*)\])?/.exec(line) ?? [];
      const procs = queues.split(' ').length;
      const after = ticks === '' ? '' : ` schedticks=[ ${ticks} ]`;
      return (
        `SCHED ${at}ms: gomaxprocs=${procs} idleprocs=${idle} threads=5 spinningthreads=0 ` +
        `needspinning=0 idlethreads=1 runqueue=${global} [ ${queues} ]${after}`
      );
    })
    .join('\n');
  for (const event of readGodebug(text).events) summarizer.add(event);
  return summarizer.summary().scheduler;
}

describe('the summary of schedtrace', () => {
  test('tells how many goroutines waited, and in which share of the samples', () => {
    const summary = summaryOf(`
      0ms idle=2 global=0 [0 0]
      500ms idle=0 global=3 [1 0]
      1000ms idle=1 global=0 [2 0]
      1500ms idle=2 global=0 [0 0]
    `);
    expect(summary).toMatchObject({
      samples: 4,
      seconds: 1.5,
      gomaxprocs: 2,
      waiting: { p50: 0, p90: 4, p99: 4, max: 4 },
      globalQueue: { p50: 0, max: 3 },
      waitingShare: 0.5,
      waitingWhileIdleShare: 0.25,
      busyShare: 0.25,
      queueByProc: [0.75, 0],
      scheduledByProc: [],
    });
  });

  test('an uneven load is one long queue beside short ones, not one of a few goroutines', () => {
    expect(summaryOf('0ms idle=0 global=0 [9 0 1 0]')?.unevenShare).toBe(1);
    expect(summaryOf('0ms idle=0 global=0 [3 0 0 0]')?.unevenShare).toBe(0);
    expect(summaryOf('0ms idle=0 global=0 [9 8 9 8]')?.unevenShare).toBe(0);
  });

  test('gives the rate of scheduling of each P, over a wrap of the 32-bit counter too', () => {
    const summary = summaryOf(`
      0ms idle=0 global=0 [0 0] ticks[4294967290 100]
      1000ms idle=0 global=0 [0 0] ticks[4 150]
      2000ms idle=0 global=0 [0 0] ticks[14 200]
    `);
    expect(summary?.scheduledByProc).toEqual([10, 50]);
  });

  test('a time that falls back adds no time and no rate', () => {
    const summary = summaryOf(`
      0ms idle=0 global=0 [0] ticks[0]
      1000ms idle=0 global=0 [0] ticks[100]
      0ms idle=0 global=0 [0] ticks[0]
      1000ms idle=0 global=0 [0] ticks[300]
    `);
    expect([summary?.seconds, summary?.scheduledByProc]).toEqual([2, [200]]);
  });
});
