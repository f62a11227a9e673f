import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError, UserError } from '../base/errors.ts';
import { openBytes } from './open.ts';
import { sniff } from './sniff.ts';

const decompressors = {
  gunzip: (bytes: Uint8Array) => gunzipSync(bytes),
  unzstd: (bytes: Uint8Array) => zstdDecompressSync(bytes),
};
const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url));
const utf8 = (text: string) => new TextEncoder().encode(text);
const open = (bytes: Uint8Array, name = 'file') => openBytes(bytes, name, decompressors, 5n);

const heap = fixture('collect/heap-1.pb.gz');
const plain = gunzipSync(heap);

describe('a profile', () => {
  test.each([
    ['gzip', heap],
    ['plain', plain],
    ['zstd', zstdCompressSync(plain)],
    [
      'two gzip members',
      Buffer.concat([gzipSync(plain.subarray(0, 100)), gzipSync(plain.subarray(100))]),
    ],
  ])('is known when it is %s', (_, bytes) => {
    expect(open(bytes)).toMatchObject({ kind: 'profile', format: 'pprof' });
  });

  test.each(['cpu', 'block', 'mutex', 'goroutine', 'threadcreate'])('of %s is one too', (type) => {
    expect(open(fixture(`collect/${type}-1.pb.gz`)).kind).toBe('profile');
  });

  test('may be folded stacks', () => {
    const opened = open(utf8('main;work;encode 12\nmain;work 3\n'));
    expect(opened).toMatchObject({ kind: 'profile', format: 'folded' });
  });

  test('that is damaged is a DecodeError', () => {
    expect(() => open(plain.subarray(0, plain.length - 7))).toThrow(DecodeError);
    expect(() => open(heap.subarray(0, 500))).toThrow(DecodeError);
  });
});

describe('metrics', () => {
  test.each([
    ['agent-1.json', 'agent'],
    ['plain-go1.19.13.json', 'agent'],
    ['agent-prometheus.txt', 'prometheus'],
    ['prometheus-default.txt', 'prometheus'],
    ['heap-debug1-memstats-go1.26.8.txt', 'memstats'],
  ])('%s are from the %s', (name, source) => {
    const opened = open(fixture(`metrics/${name}`));
    expect(opened).toMatchObject({ kind: 'metrics', snapshot: { source }, notUnderstood: [] });
  });

  test('of GODEBUG lines have every reading, whatever else the file holds', () => {
    const opened = open(fixture('godebug/all-interleaved-go1.26.8.txt'));
    if (opened.kind !== 'metrics') throw new Error('no metrics');
    expect(opened.snapshot).toMatchObject({ source: 'godebug', gomaxprocs: 2 });
    expect(opened.history?.length).toBe(7);
    expect(opened.history?.at(-1)).toBe(opened.snapshot);
    const log = utf8(
      `2026/01/02 listening\n${'a line of the program\n'.repeat(50)}gc 1 @0.035s 1%: 0.57+0.90+0.012 ms clock, 1.1+0.27/0.54/0+0.024 ms cpu, 3->4->2 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P\n`,
    );
    expect(open(log)).toMatchObject({ kind: 'metrics', snapshot: { source: 'godebug' } });
  });

  test('without a time of their own get the one that was given', () => {
    const opened = open(fixture('metrics/prometheus-default.txt'));
    expect(opened).toMatchObject({ snapshot: { timeNanos: 5n } });
  });
});

describe('goroutines and traces', () => {
  test.each([
    'goroutine 1 [running]:\nmain.main()\n',
    'goroutine 1 gp=0x1 m=0 mp=0x2 [running]:\nmain.main()\n',
    'goroutine profile: total 3\n1 @ 0x1\n',
    'starting\nlistening\nSIGQUIT: quit\nPC=0x1\n',
    'panic: oh no\n\ngoroutine 1 [running]:\n',
  ])('%j is a dump', (text) => {
    expect(open(utf8(text))).toEqual({ kind: 'goroutines', text });
  });

  test.each(['go 1.22 trace\0\0\0', 'go 1.9 trace\0\0\0\0'])('%j begins a trace', (header) => {
    expect(sniff(utf8(`${header}\x01\x02`))).toEqual({ known: true, kind: 'trace' });
    expect(open(gzipSync(utf8(`${header}\x01\x02`))).kind).toBe('trace');
  });
});

describe('anything else says what it is and what to give instead', () => {
  test.each([
    ['', 'file is empty'],
    ['<!DOCTYPE html><p>x', 'file is an HTML page'],
    ['{"answer":42}', 'file is JSON of an unknown kind'],
    ['PERFILE2\x68', 'file is a recording of perf'],
    ['\x7fELF\x02\x01', 'file is a program, not a profile'],
    ['PK\x03\x04', 'file is an archive'],
    ['Dear diary', 'file is a text of an unknown kind'],
    ['\x00\x01\x02', 'file is of an unknown kind'],
  ])('%j', (text, message) => {
    expect(() => open(utf8(text))).toThrow(UserError);
    expect(() => open(utf8(text))).toThrow(message);
  });
});
