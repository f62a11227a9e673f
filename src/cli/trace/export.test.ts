/** Exports read back: every slice begins and ends, on a track that is declared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { execStats } from '../../trace/analysis/execstats.ts';
import { decodeTrace } from '../../trace/decode.ts';
import { bytesSource } from '../../trace/source.ts';
import { ChromeSink } from './chrome.ts';
import { PerfettoSink } from './perfetto.ts';
import { writeTimeline } from './timeline.ts';

const path = join(import.meta.dirname, '../../../test/fixtures/trace/go1.26.trace');
const trace = decodeTrace(bytesSource(readFileSync(path)));
const running = execStats(trace).running.reduce((a, b) => a + b, 0);

type Field = number | bigint | Uint8Array;

/** The fields of a protobuf message by number. */
function fields(bytes: Uint8Array): Map<number, Field[]> {
  const found = new Map<number, Field[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const field = key >> 3;
    let value: Field;
    if ((key & 7) === 0) value = varint();
    else if ((key & 7) === 1) {
      value = new DataView(bytes.buffer, bytes.byteOffset + at).getBigUint64(0, true);
      at += 8;
    } else {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    }
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

const message = (value: Field | undefined) =>
  fields(value instanceof Uint8Array ? value : new Uint8Array());
const text = (value: Field | undefined) =>
  new TextDecoder().decode(value instanceof Uint8Array ? value : undefined);

describe('Perfetto', () => {
  const pieces: Uint8Array[] = [];
  const sink = new PerfettoSink((piece) => pieces.push(piece.slice()));
  writeTimeline(trace, sink);
  sink.finish();
  const packets = pieces.flatMap((piece) => [...(fields(piece).get(1) ?? [])]).map(message);

  test('every slice begins and ends on a declared track', () => {
    const declared = new Set(packets.flatMap((p) => message(p.get(60)?.[0]).get(1) ?? []));
    const open = new Map<Field, number>();
    for (const packet of packets) {
      const event = message(packet.get(11)?.[0]);
      const [type] = event.get(9) ?? [];
      const [track = -1] = event.get(11) ?? [];
      if (type === undefined) continue;
      expect(declared.has(track)).toBe(true);
      if (type === 1) open.set(track, (open.get(track) ?? 0) + 1);
      if (type === 2) open.set(track, (open.get(track) ?? 0) - 1);
    }
    expect([...open.values()].every((count) => count === 0)).toBe(true);
    expect(open.size).toBeGreaterThan(trace.goroutines.length);
  });

  test('names are interned before they are used', () => {
    const names = new Map<Field, string>();
    for (const packet of packets) {
      for (const name of message(packet.get(12)?.[0]).get(2) ?? []) {
        names.set(message(name).get(1)?.[0] ?? 0, text(message(name).get(2)?.[0]));
      }
      const [id] = message(packet.get(11)?.[0]).get(10) ?? [];
      if (id !== undefined) expect(names.has(id)).toBe(true);
    }
    expect([...names.values()]).toContain('waiting: chan receive');
    expect([...names.values()]).toContain('outer');
  });
});

describe('Chrome', () => {
  let json = '';
  const sink = new ChromeSink((piece) => {
    json += piece;
  });
  writeTimeline(trace, sink);
  sink.finish();
  const { traceEvents } = JSON.parse(json);

  test('goroutines run as long as they do in the trace', () => {
    const slices = traceEvents.filter((e: { name: string }) => e.name === 'running');
    const micros = slices.reduce((sum: number, { dur }: { dur: number }) => sum + dur, 0);
    // What came before a goroutine's first event is in the statistics only.
    expect(Math.abs(micros - running / 1000) / micros).toBeLessThan(0.01);
  });

  test('wake-ups are flows with two ends', () => {
    const ends = (ph: string) => traceEvents.filter((e: { ph: string }) => e.ph === ph).length;
    expect(ends('s')).toBeGreaterThan(100);
    expect(ends('s')).toBe(ends('f'));
  });
});
