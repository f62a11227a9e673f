import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { textFromProfile } from '../profile/fromtext.ts';
import { decodeChromeTrace } from './chrometrace.ts';
import { decodeCpuProfile } from './cpuprofile.ts';
import { withCommentNames } from './debugnames.ts';
import { decodeLegacy } from './legacy.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url));
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("Chrome's trace events", () => {
  test("fgtrace's goroutines: the time of each stack", () => {
    const { profile } = decodeChromeTrace(fixture('imports/fgtrace.json'));
    expect(textFromProfile(profile).split('\n')[0]).toBe(
      'sleep;main.main;main.work;time.Sleep 10103921 {pid=1, tid=1}',
    );
  });

  test('X events nest by time, and threads are named', () => {
    const { profile, notes } = decodeChromeTrace(
      bytes({
        traceEvents: [
          { ph: 'M', name: 'thread_name', pid: 1, tid: 2, args: { name: 'render' } },
          { ph: 'X', name: 'inner', ts: 2, dur: 3, pid: 1, tid: 2, args: { url: '/' } },
          { ph: 'X', name: 'outer', ts: 0, dur: 10, pid: 1, tid: 2 },
          { ph: 'C', name: 'memory', ts: 1, pid: 1, tid: 2 },
          { ph: 'B', name: 'open', ts: 20, pid: 1, tid: 2 },
        ],
      }),
    );
    const labels = '{pid=1, tid=2, thread=render}';
    expect(textFromProfile(profile)).toBe(
      `outer 2000 ${labels}\nouter;inner 3000 ${labels}\nouter 5000 ${labels}`,
    );
    expect(notes).toEqual([
      'left out: 1 arguments of events',
      'left out: 1 events without a duration',
      'left out: 1 beginnings without an end',
    ]);
  });

  test('an array that nobody closed is read, as the format says', () => {
    const text = '[{"ph":"X","name":"a","ts":0,"dur":1,"pid":1,"tid":1},\n';
    const { profile } = decodeChromeTrace(new TextEncoder().encode(text));
    expect(textFromProfile(profile)).toBe('a 1000 {pid=1, tid=1}');
  });
});

describe("V8's CPU profile", () => {
  test('a sample lasts until the next one; lines count from one', () => {
    const frame = (functionName: string, lineNumber: number) => ({
      functionName,
      url: 'app.js',
      lineNumber,
    });
    const { profile } = decodeCpuProfile(
      bytes({
        startTime: 100,
        endTime: 160,
        nodes: [
          { id: 1, callFrame: frame('(root)', -1), children: [2] },
          { id: 2, callFrame: frame('main', 4), children: [3] },
          { id: 3, callFrame: frame('', 8) },
        ],
        samples: [2, 3],
        timeDeltas: [10, 20],
      }),
    );
    expect(textFromProfile(profile)).toBe(
      'main@app.js:5 1 20000\nmain@app.js:5;(anonymous)@app.js:9 1 30000',
    );
  });

  test('a recording of Node is as long as it says', () => {
    const file = fixture('imports/node.cpuprofile');
    const { profile } = decodeCpuProfile(file);
    const { samples, startTime, endTime, timeDeltas } = JSON.parse(Buffer.from(file).toString());
    expect(profile.samples.length).toBe(samples.length);
    const total = Array.from(profile.samples.values[1] ?? [], Number).reduce((a, b) => a + b, 0);
    expect(total).toBe((endTime - startTime - timeDeltas[0]) * 1000);
  });
});

describe("Go's text profiles", () => {
  const text = new TextDecoder().decode(fixture('metrics/heap-debug1-memstats-go1.26.8.txt'));

  test('get the names of their comments, inlined frames included', () => {
    const profile = decodeLegacy(new TextEncoder().encode(text));
    if (profile === undefined) throw new Error('it is a heap profile');
    const [first] = textFromProfile(withCommentNames(profile, text)).split('\n');
    expect(first).toContain(
      'runtime.malg@runtime/proc.go:5274;runtime.newobject@runtime/malloc.go',
    );
    expect(first).toContain(' 1092 524528 1092 524528 ');
  });

  test('are as pprof reads them without comments', () => {
    const bare = text.replaceAll(/^#\t.*\n/gm, '');
    const profile = decodeLegacy(new TextEncoder().encode(bare));
    if (profile === undefined) throw new Error('it is a heap profile');
    expect(withCommentNames(profile, bare)).toBe(profile);
  });
});
