import { describe, expect, test } from 'vitest';
import { observationFromText } from './fromtext.ts';
import { findGoroutineLeaks } from './goroutine-leak.ts';
import { openWindow } from './window.ts';

const SEND = 'runtime.chansend1;runtime.chansend;runtime.gopark';
const SELECT = 'runtime.selectgo;runtime.gopark';
const IO = 'internal/poll.runtime_pollWait;runtime.netpollblock;runtime.gopark';

function find(stack: string, counts: readonly number[], every = 5, heap = '') {
  const captures = counts.map((n, i) => ({
    type: 'goroutine' as const,
    at: i * every,
    stacks: `${stack} ${n}\nmain.main@m.go:1;runtime.block;runtime.gopark 1`,
  }));
  const snapshot = { type: 'heap' as const, at: 0, stacks: heap };
  const observation = observationFromText({ captures: [...captures, snapshot] });
  return findGoroutineLeaks(openWindow(observation)).map((d) => d.finding);
}

const LEAK = [10, 31, 48, 72, 90, 111, 130];

describe('goroutine-leak', () => {
  test('names the line that waits, then the function with the go statement', () => {
    const [finding] = find(`main.first.func1@m.go:12;${SEND}`, LEAK);
    expect(finding?.severity).toBe('high');
    expect(finding?.where.map((p) => `${p.function}:${p.line}`)).toEqual([
      'main.first.func1:12',
      'main.first:0',
    ]);
    expect(finding?.title).toContain('send on a channel that nobody receives from');
    expect(finding?.fix).toContain('buffer');
  });

  test('is slow but sure in a small one', () => {
    expect(find(`main.run@m.go:12;${SELECT}`, [3, 5, 7, 9, 11, 13, 15])[0]?.severity).toBe(
      'medium',
    );
    expect(find(`main.run@m.go:12;${SELECT}`, [3, 4, 5, 6, 7, 8, 9])[0]?.severity).toBe('low');
  });

  test.each([
    ['an idle pool', [200, 200, 200, 200, 200, 200, 200]],
    ['a burst', [10, 90, 120, 60, 20, 10, 10]],
    ['a varying load', [22, 30, 18, 25, 33, 21, 28]],
    ['a pool that has filled', [10, 60, 100, 100, 100, 100, 100]],
    ['a few more than before', [10, 11, 10, 12, 11, 12, 12]],
  ])('%s is none', (_name, counts) => {
    expect(find(`main.run@m.go:12;${SELECT}`, counts)).toEqual([]);
  });

  test('of goroutines that only moved there from another line stays low', () => {
    const captures = LEAK.map((n, i) => ({
      type: 'goroutine' as const,
      at: i * 5,
      stacks: `main.run@m.go:12;${SEND} ${n}\nmain.run@m.go:9;time.Sleep;runtime.gopark ${200 - n}`,
    }));
    const window = openWindow(observationFromText({ captures }));
    const [finding] = findGoroutineLeaks(window).map((d) => d.finding);
    expect(finding?.severity).toBe('low');
    expect(finding?.counterEvidence[0]?.text).toContain('were elsewhere before');
  });

  test('needs five snapshots', () => {
    expect(find(`main.run@m.go:12;${SEND}`, [10, 100, 1000])).toEqual([]);
  });

  test('requests that queue for I/O are not surely leaked', () => {
    const [finding] = find(
      `net/http.(*conn).serve;main.handle@m.go:4;net.(*conn).Read;${IO}`,
      LEAK,
    );
    expect(finding?.severity).toBe('medium');
    expect(finding?.counterEvidence[0]?.text).toContain('rising load');
  });

  test('connections that clients keep open are the library’s', () => {
    const [finding] = find(`net/http.(*conn).serve@server.go:9;bufio.(*Reader).Peek;${IO}`, LEAK);
    expect(finding?.severity).toBe('low');
    expect(finding?.where[0]?.function).toBe('net/http.(*conn).serve');
  });

  test('unread response bodies are traced to the line that makes the calls', () => {
    const heap = `main.poll@m.go:33;net/http.(*Client).Get;net/http.(*Client).do;net/http.send 9 90000 0 0
      main.other@m.go:50;net/http.(*Client).Get;net/http.(*Client).do 1 1000 0 0`;
    const [finding] = find(`net/http.(*persistConn).readLoop;${SELECT}`, LEAK, 5, heap);
    expect(finding?.severity).toBe('high');
    expect(finding?.where[0]).toMatchObject({ function: 'main.poll', line: 33 });
    expect(finding?.fix).toContain('Close every response body');
  });

  test('without a heap sample of the client, the goroutines inside it name the caller', () => {
    const captures = LEAK.map((n, i) => ({
      type: 'goroutine' as const,
      at: i * 5,
      stacks: `net/http.(*persistConn).readLoop;${SELECT} ${n}
        main.poll@m.go:33;net/http.(*Client).Get;net/http.(*persistConn).roundTrip;${SELECT} 1`,
    }));
    const window = openWindow(observationFromText({ captures }));
    const [finding] = findGoroutineLeaks(window).map((d) => d.finding);
    expect(finding?.where[0]).toMatchObject({ function: 'main.poll', line: 33 });
    expect(finding?.evidence.map((e) => e.text).join()).toContain('of the goroutines seen in');
  });

  test('connections of a pool that wait for their next request are not unread bodies', () => {
    const [finding] = find(`net/http.(*persistConn).readLoop;bufio.(*Reader).Peek;${IO}`, LEAK);
    expect(finding?.severity).toBe('low');
  });

  test('what the runtime lists as leaked needs no second snapshot', () => {
    const stacks = `main.first.func1@m.go:12;${SEND} 50`;
    const observation = observationFromText({
      captures: [{ type: 'goroutineleak', at: 0, stacks }],
    });
    const [draft] = findGoroutineLeaks(openWindow(observation));
    expect(draft?.finding).toMatchObject({ severity: 'high', confidence: 0.97 });
    expect(draft?.finding.where[0]?.line).toBe(12);
  });

  test('the runtime’s list proves growth at the same line', () => {
    const stack = `main.first.func1@m.go:12;${SEND}`;
    const captures = LEAK.map((n, i) => ({
      type: 'goroutine' as const,
      at: i * 5,
      stacks: `${stack} ${n}`,
    }));
    const proof = { type: 'goroutineleak' as const, at: 30, stacks: `${stack} 130` };
    const found = findGoroutineLeaks(
      openWindow(observationFromText({ captures: [...captures, proof] })),
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.finding.confidence).toBe(0.98);
    expect(found[0]?.finding.evidence.at(-1)?.text).toContain('leak profile lists 130');
  });
});
