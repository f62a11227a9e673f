import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeTrace } from './decode.ts';
import { eventAt, readEvents } from './events.ts';
import { bytesSource } from './source.ts';
import type { Trace } from './trace.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/trace');
const source = (name: string) => bytesSource(readFileSync(join(fixtures, name)));
const names = ['go1.22', 'go1.23', 'go1.25', 'go1.26', 'leak-go1.26', 'flight-go1.26'];
const COLUMNS = ['time', 'kind', 'goroutine', 'proc', 'thread', 'stack', 'a', 'b'] as const;

/** The columns of events [from, to) as arrays, from a trace that has kept them all. */
function kept(trace: Trace, from: number, to: number): Record<string, number[]> {
  const columns: Record<string, number[]> = {};
  for (const name of COLUMNS)
    columns[name] = Array.from(trace.events?.[name].slice(from, to) ?? []);
  return columns;
}

function again(trace: Trace, file: string, from: number, to: number): Record<string, number[]> {
  const events = readEvents(trace, source(file), from, to);
  const columns: Record<string, number[]> = {};
  for (const name of COLUMNS) columns[name] = Array.from(events[name]);
  return columns;
}

describe.each(names)('events of %s decoded again', (name) => {
  const file = `${name}.trace`;
  const whole = decodeTrace(source(file), { keepEvents: true });
  const lean = decodeTrace(source(file));
  const { eventCount } = whole;

  test('are the same as the first time: all', () => {
    expect(again(lean, file, 0, eventCount)).toEqual(kept(whole, 0, eventCount));
  });

  test('are the same as the first time: stretches from anywhere', () => {
    for (let i = 0; i < 40; i++) {
      const from = Math.floor((eventCount * i) / 40);
      const to = Math.min(eventCount, from + 1 + ((i * 37) % 300));
      expect(again(lean, file, from, to)).toEqual(kept(whole, from, to));
    }
  });

  test('are found by time', () => {
    for (let i = 0; i < eventCount; i += Math.ceil(eventCount / 25)) {
      const time = whole.events?.time[i] ?? 0;
      expect(eventAt(lean, source(file), time)).toBe(i);
      expect(eventAt(lean, source(file), time + 0.5)).toBe(i + 1);
    }
  });
});
