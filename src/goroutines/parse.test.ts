/** Dumps of real programs of Go 1.19 to 1.27, whole, cut, damaged, prefixed and in pieces. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dumpsOf } from './dumps.ts';
import { groupGoroutines } from './group.ts';
import { growthOf } from './growth.ts';
import { waitGraphOf } from './holders.ts';
import { GoroutineDumpParser, parseGoroutineDump } from './parse.ts';
import { framesOf, type GoroutineTable, goroutineCount } from './table.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
const read = (name: string): Uint8Array => readFileSync(join(folder, name));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const parse = (text: string): GoroutineTable =>
  parseGoroutineDump(new TextEncoder().encode(text), { arguments: true });

/** What `go test -json` wraps. */
function unwrapped(name: string, text: string): string {
  if (!name.includes('-json-')) return text;
  const outputs = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).Output ?? '');
  return outputs.join('');
}

/** Goroutines by the plainest count there is. */
function expectedCount(text: string): number {
  const total = /^goroutine(?:leak)? profile: total (\d+)$/m.exec(text);
  if (total !== null) return Number(total[1]);
  // Of a race, each of the two accesses.
  const accesses = text.match(/^(Previous )?(read|write) at 0x/gim)?.length ?? 0;
  if (accesses > 0) return accesses;
  return text.match(/^goroutine \d+ /gm)?.length ?? 0;
}

function argumentsOf({ arguments: columns }: GoroutineTable, row: number): unknown {
  if (columns === undefined) return undefined;
  const [from, to] = [columns.start[row], columns.start[row + 1]];
  return [columns.frame, columns.position, columns.address, columns.isStale].map((column) =>
    Array.from(column.slice(from, to)),
  );
}

/** Everything that a table says, in words. */
function described(table: GoroutineTable): unknown[] {
  return Array.from(table.ids, (id, row) => ({
    id,
    count: table.counts[row],
    header: table.headers[table.header[row] ?? 0],
    frames: framesOf(table, table.stack[row] ?? 0),
    creator: table.creators[row],
    arguments: argumentsOf(table, row),
    createdBy: table.functions[table.createdBy[row] ?? -1],
    createdAt: table.places[table.createdAt[row] ?? -1],
    ancestors: table.ancestors.get(row),
  }));
}

describe('recorded dumps', () => {
  test('there are some of every kind', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  test.each(files)('%s: every goroutine, and nothing that is not understood', (name) => {
    const text = unwrapped(name, textOf(name));
    const table = parseGoroutineDump(read(name));
    expect(goroutineCount(table)).toBe(expectedCount(text));
    expect(table.notUnderstood).toEqual([]);
    expect(table.bytes).toBe(read(name).length);
  });

  test.each(files.filter((name) => /debug2|sigquit/.test(name)))(
    '%s: every line with a place is a frame or a creator',
    (name) => {
      const text = textOf(name);
      const table = parseGoroutineDump(read(name));
      const places = text.split('\n').filter((line) => /^\t.*:\d+( |$)/.test(line)).length;
      let frames = 0;
      for (let row = 0; row < table.length; row++) {
        frames += framesOf(table, table.stack[row] ?? 0).length;
        if ((table.createdAt[row] ?? -1) >= 0) frames++;
      }
      expect(frames).toBe(places);
    },
  );

  test('states, waits, marks, labels, creators and ancestors are those of the text', () => {
    const leaked = parseGoroutineDump(read('leak-go1.27rc1.goroutineleak.debug2.txt'));
    const headers = Array.from(leaked.header, (h) => leaked.headers[h]);
    const marked = textOf('leak-go1.27rc1.goroutineleak.debug2.txt').match(/\(leaked\)/g)?.length;
    expect(headers.filter((h) => h?.leaked).length).toBe(marked);
    expect(headers.some((h) => h?.state === 'chan receive (nil chan)' && h.leaked)).toBe(true);

    const locked = parseGoroutineDump(read('healthy-go1.27rc1.debug2.txt'));
    const states = Array.from(locked.header, (h) => locked.headers[h]);
    expect(states.find((h) => h?.lockedToThread)).toMatchObject({
      state: 'select (no cases)',
      waitMinutes: 1,
    });

    const inside = parseGoroutineDump(read('healthy-labels-go1.26.8.debug2.txt'));
    const behind = parseGoroutineDump(read('healthy-go1.27rc1.debug2.txt'));
    for (const table of [inside, behind]) {
      const labels = table.headers.map((h) => h.labels).filter((l) => l.length > 0);
      expect(labels[0]).toEqual([
        ['pool', 'workers'],
        ['tenant', 'acme "0"'],
      ]);
      expect(labels.length).toBe(4);
    }

    const ancestors = parseGoroutineDump(read('ancestors-go1.26.8.txt'));
    const chain = ancestors.ancestors.get(0) ?? [];
    expect(chain.map(({ id }) => id)).toEqual([9, 8, 1]);
    expect(ancestors.creators[0]).toBe(9);
    expect(framesOf(ancestors, chain[2]?.stack ?? 0)).toEqual([
      { function: 'main.main', file: 'dumps/main.go', line: 240 },
    ]);
    expect(ancestors.functions[ancestors.createdBy[0] ?? -1]).toBe('main.main.func7.1');
  });

  test('a record of debug=1 has its count, labels and named frames', () => {
    const table = parseGoroutineDump(read('leak-go1.27rc1.debug1.txt'));
    expect(table.form).toBe('records');
    expect(table.counts[0]).toBe(20);
    expect(framesOf(table, table.stack[0] ?? 0)).toEqual([
      { function: 'main.leakSend.func1', file: 'dumps/main.go', line: 89 },
    ]);
    expect(table.headers.flatMap((h) => h.labels)).toContainEqual(['endpoint', '/leaky']);
  });

  test('a SIGQUIT dump groups as well as debug=2 of the same program does', () => {
    const quit = groupGoroutines(parseGoroutineDump(read('leak-go1.27rc1.sigquit.txt')));
    const calm = groupGoroutines(parseGoroutineDump(read('leak-go1.27rc1.debug2.txt')));
    expect(quit[0]?.count).toBe(calm[0]?.count);
    expect(quit[0]?.state).toBe('chan send');
    expect(quit[0]?.stack.some((f) => f.function === 'main.leakSend.func1')).toBe(true);
  });

  test('frames that the runtime left out are shown as such', () => {
    const table = parseGoroutineDump(read('stackoverflow-go1.26.8.txt'));
    expect(table.functions.some((name) => /^\.\.\.\d+ .*frames elided\.\.\.$/.test(name))).toBe(
      true,
    );
  });
});

function json(lines: readonly string[], wrap: (line: string) => object): string {
  return `${lines.map((line) => JSON.stringify(wrap(line))).join('\n')}\n`;
}

/** A line in pieces of so many characters; an empty one is one empty piece. */
function pieces(line: string, length: number): string[] {
  const count = Math.max(1, Math.ceil(line.length / length));
  return Array.from({ length: count }, (_, i) => line.slice(i * length, (i + 1) * length));
}

function docker(lines: readonly string[], length: number): string {
  const time = '2026-11-20T18:38:00.123456789Z';
  const parts = lines.flatMap((line) => pieces(`${line}\n`, length));
  return json(parts, (log) => ({ log, stream: 'stderr', time }));
}

function cri(lines: readonly string[], length: number): string {
  const stamp = '2026-11-20T18:38:00.123456789Z stderr';
  const cut = (line: string) => {
    const parts = pieces(line, length);
    return parts.map((part, i) => `${stamp} ${i + 1 < parts.length ? 'P' : 'F'} ${part}\n`);
  };
  return lines.flatMap(cut).join('');
}

describe('the same dump in other clothes', () => {
  const name = 'leak-go1.27rc1.debug2.txt';
  const whole = described(parse(textOf(name)));
  const lines = textOf(name).replace(/\n$/, '').split('\n');
  const joined = (prefix: (i: number) => string): string =>
    `${lines.map((line, i) => prefix(i) + line).join('\n')}\n`;

  test('in chunks of 1 to 97 bytes that are used again', () => {
    const bytes = read(name);
    for (const size of [1, 2, 7, 97]) {
      const parser = new GoroutineDumpParser({ arguments: true });
      const chunk = new Uint8Array(size);
      for (let at = 0; at < bytes.length; at += size) {
        const part = bytes.subarray(at, at + size);
        chunk.set(part);
        parser.push(chunk.subarray(0, part.length));
      }
      expect(described(parser.finish())).toEqual(whole);
    }
  });

  test.each([
    ['carriage returns', lines.join('\r\n').concat('\r\n')],
    ['RFC 3339 time stamps', joined((i) => `2026-11-20T18:38:00.${100000000 + i}Z `)],
    ['the CRI format', joined((i) => `2026-11-20T18:38:00.${100000000 + i}+01:00 stderr F `)],
    ['the compose format', joined(() => 'web-1  | ')],
    ['syslog', joined((i) => `Nov 20 18:38:${10 + (i % 50)} host app[123]: `)],
    [
      'syslog with days of one digit',
      joined((i) => `Nov ${i < 40 ? ' 9' : '10'} 18:38 host app[1]: `),
    ],
    ["Docker's JSON", docker(lines, 1 << 14)],
    ["Docker's JSON, its lines cut in pieces", docker(lines, 16)],
    ['the CRI format, its lines cut in pieces', cri(lines, 16)],
    ['go test -json', json(lines, (line) => ({ Action: 'output', Output: `${line}\n` }))],
    [
      'one message of a structured log',
      json([lines.join('\n')], (msg) => ({ level: 'error', msg })),
    ],
    ['compose with blanks cut', joined(() => 'web-1  | ').replaceAll(/ +$/gm, '')],
  ])('with %s', (_, text) => {
    const table = parse(text);
    expect(described(table)).toEqual(whole);
    expect(table.notUnderstood).toEqual([]);
  });

  test('among log lines: they are counted, where they are, and cost no frame', () => {
    const log = '2026/11/20 18:38:00 request served in 3 ms';
    const at = lines.findIndex((line) => line.startsWith('\t')) + 1;
    const table = parse([log, ...lines.slice(0, at), log, ...lines.slice(at), ''].join('\n'));
    expect(described(table)).toEqual(whole);
    expect(table.otherLines).toBe(1);
    expect(table.notUnderstoodCount).toBe(1);
    const offset = [log, ...lines.slice(0, at), ''].join('\n').length;
    expect(table.notUnderstood).toEqual([
      { offset, line: at + 2, reason: 'no part of a goroutine', text: log },
    ]);
  });
});

describe('several dumps in one input', () => {
  const one = textOf('leak-go1.27rc1.debug2.txt');
  const records = textOf('leak-go1.27rc1.debug1.txt');

  test('are snapshots: the same ids again, or another kind, begin the next one', () => {
    const table = parse(`${one}\n${one}\n${records}\n${records}`);
    const [first, second, ...others] = table.snapshots;
    expect(table.snapshots.map(({ kind }) => kind)).toEqual([
      'goroutines',
      'goroutines',
      'records',
      'records',
    ]);
    expect(first).toMatchObject({ offset: 0, line: 1, from: 0, to: second?.from });
    expect(second?.offset).toBe(one.length + 1);
    expect(second?.line).toBe(one.split('\n').length + 1);
    expect(others.at(-1)?.to).toBe(table.length);
    expect(Array.from(table.snapshot)).toEqual(
      table.snapshots.flatMap(({ from, to }, i) => new Array(to - from).fill(i)),
    );
  });

  test('know their time from the log that they stand in', () => {
    const [second, third] = ['10', '20'].map((s) => `2026-11-20T18:38:${s}Z `);
    const lines = one.trimEnd().split('\n');
    const text = [second, third].map((stamp) => lines.map((line) => stamp + line).join('\n'));
    const { snapshots } = parse(text.join('\n\n'));
    expect(snapshots.map(({ timeMillis }) => new Date(timeMillis).toISOString())).toEqual([
      '2026-11-20T18:38:10.000Z',
      '2026-11-20T18:38:20.000Z',
    ]);
  });

  test('a crash and the next one are two; threads behind ----- belong to the first', () => {
    const crash = textOf('partial-crash-go1.26.8.txt');
    expect(crash).toContain('\n-----\n');
    expect(parse(crash).snapshots.length).toBe(1);
    expect(parse(`${crash}\n${crash}`).snapshots.length).toBe(2);
    const panics = textOf('panic-go1.26.8.txt') + textOf('deadlock-go1.26.8.txt');
    expect(parse(panics).snapshots.length).toBe(2);
  });
});

describe('addresses among the arguments', () => {
  test('have their frame, their place among the words, and whether they may be stale', () => {
    const table = parse(`goroutine 1 [running]:
main.(*T).f(0xc000012080, {0x7f0012345678?, 0x3}, 0x12, ...)
\tmain.go:1 +0x1
main.inlined(...)
\tmain.go:2
main.g(_, 0xffffffffffffffff, {{0xc000100000}})
\tmain.go:3 +0x1
`);
    expect(argumentsOf(table, 0)).toEqual([
      [0, 0, 2],
      [0, 1, 2],
      [0xc000012080, 0x7f0012345678, 0xc000100000],
      [0, 1, 0],
    ]);
  });
});

describe('marks of Go 1.25 and later', () => {
  test('a synctest bubble and its durable waits', () => {
    const table = parse(textOf('synctest-go1.26.8.txt'));
    const headers = Array.from(table.header, (h) => table.headers[h]);
    expect(headers.filter(({ bubble }) => bubble === 1).length).toBeGreaterThan(3);
    expect(headers.find(({ bubble }) => bubble === 1)).toMatchObject({
      state: 'chan receive',
      durable: true,
    });
  });
});

describe('damaged dumps', () => {
  const small = [
    'ancestors-go1.26.8.txt',
    'deadlock-go1.27rc1.txt',
    'leak-go1.27rc1.goroutineleak.debug1.txt',
  ];

  test.each(small)('%s, cut at every byte: what is whole is read', (name) => {
    const bytes = read(name);
    const whole = parseGoroutineDump(bytes);
    const functions = new Set(whole.functions);
    const places = new Set(whole.places.map((p) => `${p.file}:${p.line}`));
    for (let length = 0; length <= bytes.length; length++) {
      const table = parseGoroutineDump(bytes.subarray(0, length));
      expect(table.length).toBeLessThanOrEqual(whole.length);
      expect(table.length).toBeGreaterThanOrEqual(0);
      for (let stack = 0; stack < table.stacks.count; stack++) {
        for (const frame of framesOf(table, stack)) {
          if (frame.line === 0) continue;
          expect(functions.has(frame.function), frame.function).toBe(true);
          expect(places.has(`${frame.file}:${frame.line}`), frame.file).toBe(true);
        }
      }
    }
  });

  test('2,000 seeded mutations never throw, and never gain more goroutines than lines', () => {
    let seed = 20261120;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const names = [
      ...small,
      'panic-labels-go1.26.8.txt',
      'healthy-go1.27rc1.debug2.txt',
      'partial-go1.26.8.debug2.txt',
      'race-main-go1.26.8.txt',
      'synctest-json-go1.26.8.txt',
    ];
    const bases = names.map(read);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(bases[round % bases.length] ?? []);
      for (let n = random(8); n >= 0; n--) bytes[random(bytes.length)] = random(256);
      const start = random(bytes.length);
      bytes.copyWithin(random(bytes.length), start, start + random(200));
      const table = parseGoroutineDump(bytes, { arguments: true });
      expect(table.length).toBeLessThanOrEqual(bytes.length / 10);
      groupGoroutines(table);
      waitGraphOf(table);
      growthOf(dumpsOf([table]));
    }
  });

  test('long hostile headers are refused in linear time', () => {
    for (const filling of [' ', '"', '\\', 'a:', '{', ', ']) {
      const header = `goroutine 1 [select] {${filling.repeat(200_000)}:\n`;
      expect(parse(header).length).toBe(0);
    }
  });
});
