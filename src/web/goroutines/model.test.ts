/** What the goroutine views compute. */
import { describe, expect, test } from 'vitest';
import { dumpsOf } from '../../goroutines/dumps.ts';
import { parseGoroutineDump } from '../../goroutines/parse.ts';
import { type GoroutineTimeline, timelineOf } from '../../goroutines/timeline.ts';
import { fateOf, ownFrame, runsOf, stackParts } from './model.ts';

/** A lane a goroutine, a letter a dump: w waits, r runs elsewhere, . is not there. */
function lives(...lanes: readonly string[]): GoroutineTimeline {
  const tables = [...lanes[0]].map((_, dump) => {
    const goroutines = lanes.map((lane, i) => {
      if (lane[dump] === '.') return '';
      const state = lane[dump] === 'w' ? 'select' : 'runnable';
      return `goroutine ${i + 1} [${state}]:\nmain.${lane[dump]}()\n\tmain.go:1 +0x1\n`;
    });
    return parseGoroutineDump(new TextEncoder().encode(goroutines.join('\n')));
  });
  return timelineOf(dumpsOf(tables));
}

const frame = (name: string, file: string) => ({
  function: name,
  file,
  line: 1,
});

describe('a life', () => {
  test('is in pieces where state or stack change, with gaps where it was not there', () => {
    const timeline = lives('wwr', 'w.w');
    const pieces = (lane: number) =>
      runsOf(timeline, lane).map(({ from, to, family }) => [from, to, family]);
    expect(pieces(0)).toEqual([
      [0, 2, 'select'],
      [2, 3, 'runnable'],
    ]);
    expect(pieces(1)).toEqual([
      [0, 1, 'select'],
      [2, 3, 'select'],
    ]);
  });

  test('is new, gone, moved or unmoved', () => {
    const timeline = lives('www', '.ww', 'ww.', 'wrw', '.w.');
    const fates = Array.from(timeline.ids, (_, lane) => fateOf(timeline, lane));
    expect(fates).toEqual(['unmoved', 'new', 'gone', 'moved', 'gone']);
  });
});

describe('a stack', () => {
  const stack = [
    frame('internal/poll.runtime_pollWait', '/usr/local/go/src/runtime/netpoll.go'),
    frame('net.(*conn).Read', '/usr/local/go/src/net/net.go'),
    frame('bufio.(*Reader).Read', '/usr/local/go/src/bufio/bufio.go'),
    frame('main.read', '/home/me/main.go'),
    frame('net/http.(*conn).serve', '/usr/local/go/src/net/http/server.go'),
  ];

  test('is known by its first frame that is not the library’s', () => {
    expect(ownFrame(stack, [])?.function).toBe('main.read');
    expect(ownFrame(stack.slice(0, 2), [])?.function).toBe('net.(*conn).Read');
  });

  test('keeps its leaf and own frames; runs of the library fold', () => {
    expect(stackParts(stack, []).map(({ isFolded, frames }) => [isFolded, frames.length])).toEqual([
      [false, 1],
      [true, 2],
      [false, 1],
      [false, 1],
    ]);
  });
});
