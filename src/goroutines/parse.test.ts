/** Dumps of real programs of Go 1.19 to 1.27, whole, cut, damaged, prefixed and in pieces. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupGoroutines } from './group.ts';
import { GoroutineDumpParser, parseGoroutineDump } from './parse.ts';
import { framesOf, type GoroutineTable, goroutineCount } from './table.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
const read = (name: string): Uint8Array => readFileSync(join(folder, name));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const parse = (text: string): GoroutineTable => parseGoroutineDump(new TextEncoder().encode(text));

/** Goroutines by the plainest count there is. */
function expectedCount(text: string): number {
  const total = /^goroutine(?:leak)? profile: total (\d+)$/m.exec(text);
  if (total !== null) return Number(total[1]);
  // Of a race, each of the two accesses.
  const accesses = text.match(/^(Previous )?(read|write) at 0x/gim)?.length ?? 0;
  if (accesses > 0) return accesses;
  return text.match(/^goroutine \d+ /gm)?.length ?? 0;
}

/** Everything that a table says, in words. */
function described(table: GoroutineTable): unknown[] {
  return Array.from(table.ids, (id, row) => ({
    id,
    count: table.counts[row],
    header: table.headers[table.header[row] ?? 0],
    frames: framesOf(table, table.stack[row] ?? 0),
    creator: table.creators[row],
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
    const text = textOf(name);
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

describe('the same dump in other clothes', () => {
  const name = 'leak-go1.27rc1.debug2.txt';
  const whole = described(parseGoroutineDump(read(name)));
  const lines = textOf(name).replace(/\n$/, '').split('\n');
  const joined = (prefix: (i: number) => string): string =>
    `${lines.map((line, i) => prefix(i) + line).join('\n')}\n`;

  test('in chunks of 1 to 97 bytes that are used again', () => {
    const bytes = read(name);
    for (const size of [1, 2, 7, 97]) {
      const parser = new GoroutineDumpParser();
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
    const bases = [...small, 'panic-labels-go1.26.8.txt', 'healthy-go1.27rc1.debug2.txt'].map(read);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(bases[round % bases.length] ?? []);
      for (let n = random(8); n >= 0; n--) bytes[random(bytes.length)] = random(256);
      const start = random(bytes.length);
      bytes.copyWithin(random(bytes.length), start, start + random(200));
      const table = parseGoroutineDump(bytes);
      expect(table.length).toBeLessThanOrEqual(bytes.length / 10);
      groupGoroutines(table);
    }
  });

  test('long hostile headers are refused in linear time', () => {
    for (const filling of [' ', '"', '\\', 'a:', '{', ', ']) {
      const header = `goroutine 1 [select] {${filling.repeat(200_000)}:\n`;
      expect(parse(header).length).toBe(0);
    }
  });
});
