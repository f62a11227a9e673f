/** Groups, their JSON and their text, from dumps small enough to check by eye. */
import { describe, expect, test } from 'vitest';
import { groupGoroutines } from './group.ts';
import { goroutinesJson } from './json.ts';
import { parseGoroutineDump } from './parse.ts';
import { printGoroutines } from './print.ts';

const parse = (text: string) => parseGoroutineDump(new TextEncoder().encode(text));

const dump = `goroutine 7 [chan receive, 3 minutes]:
main.wait(0x1?)
\tmain.go:10 +0x1d
created by main.main in goroutine 1
\tmain.go:20 +0x2f

goroutine 8 [chan receive]:
main.wait(0x2?)
\tmain.go:10 +0x1d
created by main.main in goroutine 2
\tmain.go:20 +0x2f

goroutine 9 [chan receive (leaked)]:
main.wait(0x2?)
\tmain.go:10 +0x1d
created by main.main in goroutine 1
\tmain.go:20 +0x2f

goroutine 10 [select (durable), 12 minutes, locked to thread, synctest bubble 4] {a: b c, "x y": "\\"\\u00e9\\n"}:
net.(*conn).Read(...)
\tnet/net.go:1
net.(*netFD).Read(0x1)
\tnet/fd.go:2 +0x1
main.Each[...](0x1)
\tmain.go:30 +0x1
`;

describe('groups', () => {
  const groups = groupGoroutines(parse(dump));

  test('hold the same stack, state, labels and mark, whatever the wait, arguments and creator', () => {
    expect(groups.map(({ count, ids }) => ({ count, ids }))).toEqual([
      { count: 2, ids: [7, 8] },
      { count: 1, ids: [9] },
      { count: 1, ids: [10] },
    ]);
    expect(groups[0]).toMatchObject({
      state: 'chan receive',
      leaked: false,
      waitMinutes: { min: 0, max: 3 },
      createdBy: { function: 'main.main', file: 'main.go', line: 20 },
    });
    expect(groups[1]?.leaked).toBe(true);
  });

  test('read every attribute of a header, and labels with quotes', () => {
    expect(groups[2]).toMatchObject({
      state: 'select',
      lockedToThread: true,
      waitMinutes: { min: 12, max: 12 },
      labels: [
        ['a', 'b c'],
        ['x y', '"é\n'],
      ],
    });
    expect(groups[2]?.stack.at(-1)?.function).toBe('main.Each[...]');
  });

  test('are the JSON that the command prints', () => {
    const json = goroutinesJson(parse(dump));
    expect(json.schema).toBe('whygo.goroutines/1');
    expect(json.total).toBe(4);
    expect(json.groups[2]?.labels).toEqual({ a: 'b c', 'x y': '"é\n' });
    expect(json.groups[2]?.createdBy).toBeNull();
    expect(json.notUnderstood).toEqual([]);
  });
});

describe('the text', () => {
  test('is aligned, counts first, and folds the standard library', () => {
    const standard = (frame: { function: string }) =>
      frame.function.startsWith('net.') ? 'net' : undefined;
    expect(printGoroutines(parse(dump), standard)).toBe(`4 goroutines in 3 groups

COUNT  STATE                  WAIT     STACK
    2  chan receive           0-3 min  main.wait  main.go:10
                                       created by main.main  main.go:20
    1  chan receive (leaked)  -        main.wait  main.go:10
                                       created by main.main  main.go:20
    1  select, locked         12 min   … 2 frames of net
                                       main.Each[...]  main.go:30
                                       labels a="b c" "x y"="\\"é\\n"
`);
  });

  test('tells recursion by its count', () => {
    const frame = 'main.walk(0x1)\n\tmain.go:7 +0x1\n';
    const text = `goroutine 1 [sleep]:\n${frame.repeat(5)}main.main()\n\tmain.go:9 +0x1\n`;
    expect(printGoroutines(parse(text), () => undefined)).toContain(
      'main.walk  main.go:7  (5 times)\n',
    );
  });

  test('says what was not understood, and lets no byte command the terminal', () => {
    const text = printGoroutines(parse(`${dump}\ngoroutine 11 [sel\u001b[31m`), () => undefined);
    expect(text).toContain('1 part of the dump not understood');
    expect(text).toMatch(/line \d+, byte \d+: a header that is cut or unknown/);
    expect(text).not.toContain('\u001b');
    const named = printGoroutines(
      parse('goroutine 1 [x]:\nmain.\u009b31m()\n\ta.go:1\n'),
      () => undefined,
    );
    expect(named).toContain('main.\ufffd31m');
  });
});
