/** Dumps of real programs as what the diagnoses read. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { explain } from './explain.ts';
import { fromDump } from './from-dump.ts';

const recorded = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/goroutines/${name}`, import.meta.url));

function totals(text: Uint8Array) {
  return fromDump(text, 5n).captures.map(({ type, profile }) => {
    const [values = []] = profile.samples.values;
    return [type, Array.from(values, Number).reduce((sum, n) => sum + n, 0)];
  });
}

describe('a dump', () => {
  test('is a goroutine profile, too, at the time that its file has', () => {
    const { captures, dumps } = fromDump(recorded('healthy-go1.26.8.debug2.txt'), 5n);
    expect(totals(recorded('healthy-go1.26.8.debug2.txt'))).toEqual([['goroutine', 12]]);
    expect(captures[0]?.startNanos).toBe(5n);
    expect(dumps).toMatchObject([{ timeNanos: 5n, goroutines: 12, allAsleep: false }]);
  });

  test('with leaked goroutines is a leak profile of these', () => {
    const name = 'leak-go1.26.8-leak.goroutineleak';
    expect(totals(recorded(`${name}.debug2.txt`)).map(([type]) => type)).toEqual([
      'goroutine',
      'goroutineleak',
    ]);
    expect(totals(recorded(`${name}.debug1.txt`))).toEqual([['goroutineleak', 36]]);
  });

  test('says when the runtime ended the program with it', () => {
    const { dumps } = fromDump(recorded('deadlock-go1.27rc1.txt'), 5n);
    expect(dumps.map(({ allAsleep }) => allAsleep)).toEqual([true]);
  });

  test('of several in one text each is its own', () => {
    const one = readFileSync(
      new URL('../../test/fixtures/goroutines/partial-go1.26.8.sigquit.txt', import.meta.url),
      'utf8',
    );
    const { captures, dumps } = fromDump(encodeUtf8(`${one}\n${one}`), 5n);
    expect([captures.length, dumps.length]).toEqual([2, 2]);
  });

  test('that is none is an error', () => {
    expect(() => fromDump(encodeUtf8('Dear diary'), 5n)).toThrow(DecodeError);
  });
});

test('five dumps show a leak that grows, with the wait that their states tell', () => {
  const dump = (n: number) =>
    Array.from(
      { length: n },
      (_, i) =>
        `goroutine ${i + 2} [chan send]:\nmain.ask.func1()\n\t/app/main.go:12 +0x1e\ncreated by main.ask in goroutine 1\n\t/app/main.go:9 +0x1e\n`,
    ).join('\n');
  const read = [10, 31, 48, 72, 90, 111, 130].map((n, i) =>
    fromDump(encodeUtf8(dump(n)), BigInt(i) * 5_000_000_000n + 1_767_225_600_000_000_000n),
  );
  const { findings } = explain({
    target: 'dumps',
    fromNanos: 1_767_225_600_000_000_000n,
    toNanos: 1_767_225_630_000_000_000n,
    captures: read.flatMap(({ captures }) => captures),
    metrics: [],
    dumps: read.flatMap(({ dumps }) => dumps),
    ownModules: [],
    missing: [],
  });
  expect(findings[0]).toMatchObject({ kind: 'goroutine-leak', severity: 'high' });
  expect(findings[0]?.title).toContain('send on a channel');
  expect(findings[0]?.where[0]?.line).toBe(12);
  // The same goroutines, seen as stuck, are its consequence.
  expect(findings.slice(1).every(({ severity }) => severity === 'low')).toBe(true);
});
