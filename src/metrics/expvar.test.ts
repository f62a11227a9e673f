import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeExpvar, looksLikeExpvar } from './expvar.ts';

const text = readFileSync(
  new URL('../../test/fixtures/metrics/expvar-go1.26.8.json', import.meta.url),
  'utf8',
);

describe('expvar', () => {
  const reading = decodeExpvar(text, 42n);
  const value = (name: string) => reading.snapshot.metrics.get(name)?.value;

  test('gives MemStats under runtime/metrics names', () => {
    expect(looksLikeExpvar(text)).toBe(true);
    expect(reading.snapshot).toMatchObject({ timeNanos: 42n, source: 'expvar' });
    expect(reading.notUnderstood).toEqual([]);
    expect(reading.commandLine[1]).toBe('-expvar');
    expect(value('/memory/classes/heap/objects:bytes')).toBe(390240);
    expect(value('/gc/heap/allocs:bytes')).toBe(18829752);
    expect(value('/memory/classes/metadata/mspan/free:bytes')).toBe(114240 - 46880);
  });

  test('gives the last pauses to the nanosecond', () => {
    expect(reading.pauses.length).toBe(reading.numGC);
    expect(reading.pauses[0]).toMatchObject({ cycle: 1, durationNanos: 57157 });
    // As MemStats.LastGC, which is too long for a double.
    expect(reading.pauses.at(-1)?.endNanos).toBe(1795194692486402840n);
  });

  test('keeps the program’s own numbers, and names what is none', () => {
    const own = decodeExpvar(
      '{"memstats": {"NumGC": 0}, "orders": 7, "by": {"code": {"200": 3}}, "note": "hi", "list": [1]}',
      0n,
    );
    expect(own.snapshot.metrics.get('expvar.orders')?.value).toBe(7);
    expect(own.snapshot.metrics.get('expvar.by.code.200')?.value).toBe(3);
    expect(own.notUnderstood).toEqual(['expvar.note', 'expvar.list']);
  });

  test.each(['', '[]', '{"memstats": 1}', '{"memstats": {'])('%j is refused', (bad) => {
    expect(() => decodeExpvar(bad, 0n)).toThrow(DecodeError);
  });
});
