/** Goroutines over many polls, and as Chrome trace JSON. */
import { describe, expect, test } from 'vitest';
import { decodeChromeTrace } from '../formats/chrometrace.ts';
import { encodeChromeTrace } from './chrometrace.ts';
import { LifelineBuilder, type Lifelines } from './lifelines.ts';
import { parseGoroutineDump } from './parse.ts';
import { allRows } from './table.ts';

/** One poll a second; a column a goroutine: r runnable, w waits, s sleeps, . is not there. */
function livesOf(...lanes: readonly string[]): Lifelines {
  const builder = new LifelineBuilder();
  const states: Record<string, string> = { r: 'runnable', w: 'chan receive', s: 'sleep' };
  for (let poll = 0; poll < lanes[0].length; poll++) {
    const text = lanes.map((lane, i) => {
      const state = states[lane[poll]];
      if (state === undefined) return '';
      const place = `\nmain.work()\n\tmain.go:${lane[poll] === 'r' ? 1 : 2} +0x1`;
      const by = `\ncreated by main.start in goroutine 1\n\tmain.go:9 +0x1\n`;
      return `goroutine ${i + 1} [${state}]:\nmain.${lane[poll]}()\n\tmain.go:3 +0x1${place}${by}`;
    });
    const table = parseGoroutineDump(new TextEncoder().encode(text.join('\n')));
    builder.add(table, allRows(table), poll * 1e9);
  }
  return builder.finish(lanes[0].length * 1e9);
}

const drawn = ({ goroutines, states }: Lifelines) =>
  goroutines.map(({ spans }) =>
    spans.map(({ from, to, state }) => `${states[state]} ${from / 1e9}-${to / 1e9}`),
  );

describe('lifelines', () => {
  test('join what did not change, from the first poll that saw it to the one that saw another', () => {
    expect(drawn(livesOf('wwwrr'))).toEqual([['chan receive 0-3', 'executing or runnable 3-5']]);
  });

  test('begin and end with the goroutine', () => {
    const lives = livesOf('wwwww', '..ss.', 's.s..');
    expect(drawn(lives)).toEqual([['chan receive 0-5'], ['sleep 2-4'], ['sleep 0-1', 'sleep 2-3']]);
    expect(lives.goroutines[1]).toMatchObject({ id: 2, createdBy: 'main.start' });
  });

  test('keep one stack once', () => {
    expect(livesOf('wrwrwr', 'rwrwrw').stacks.length).toBe(2);
  });
});

describe('as Chrome trace JSON', () => {
  const events = (lives: Lifelines): { ph: string; name: string; tid: number; ts: number }[] =>
    JSON.parse([...encodeChromeTrace(lives, 'test')].join('')).traceEvents;

  test('every slice that opens is closed, in order', () => {
    const open = new Map<number, string[]>();
    for (const { ph, name, tid } of events(livesOf('wrws', '.ww.'))) {
      const stack = open.get(tid) ?? [];
      if (ph === 'B') stack.push(name);
      if (ph === 'E') expect(stack.pop()).toBe(name);
      open.set(tid, stack);
    }
    expect([...open.values()].flat()).toEqual([]);
  });

  test('the state is the outermost slice, microseconds, a thread each', () => {
    const [first] = events(livesOf('..wr')).filter(({ ph }) => ph === 'B');
    expect(first).toMatchObject({ name: 'chan receive', ts: 2e6, tid: 1, pid: 1 });
  });

  test('no slice is empty, of whatever was seen once alone', () => {
    const text = [...encodeChromeTrace(livesOf('w.r.w', 's....'), 'test')].join('');
    expect(decodeChromeTrace(new TextEncoder().encode(text)).notes).toEqual([]);
  });

  test('what is read back has the same time in every state', () => {
    const text = [...encodeChromeTrace(livesOf('wwrr', 'ssss'), 'test')].join('');
    const { profile } = decodeChromeTrace(new TextEncoder().encode(text));
    const total = [...profile.samples.values[0]].reduce((sum: number, v) => sum + Number(v), 0);
    expect(total).toBe(8e9);
  });
});
