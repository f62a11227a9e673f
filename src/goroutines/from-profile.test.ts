/** Goroutine profiles as protobuf give the table that debug=1 of the same program gives. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodePprof } from '../formats/pprof.ts';
import { goroutineTableOf, isGoroutineProfile } from './from-profile.ts';
import { groupGoroutines } from './group.ts';
import { parseGoroutineDump } from './parse.ts';
import { goroutineCount } from './table.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const profile = (name: string) => decodePprof(gunzipSync(readFileSync(join(folder, name))));
const dump = (name: string) => parseGoroutineDump(readFileSync(join(folder, name)));

/** Without the runtime's frames, which debug=1 leaves out. */
function said(table: ReturnType<typeof dump>): string[] {
  const lines = groupGoroutines(table).map(({ count, labels, stack }) => {
    const own = stack.filter((frame) => !frame.function.startsWith('runtime.'));
    const frames = own.map(({ function: name, file, line }) => `${name} ${file}:${line}`);
    return JSON.stringify([count, labels, frames]);
  });
  return lines.filter((line) => line.includes('main.leak')).sort();
}

test('a goroutine profile: counts, stacks and labels', () => {
  const table = goroutineTableOf(profile('leak-go1.26.8.pb.gz'));
  expect(table.form).toBe('records');
  expect(table.snapshots.length).toBe(1);
  expect(said(table)).toEqual(said(dump('leak-go1.26.8-leak.debug1.txt')));
  expect(table.headers.flatMap(({ labels }) => labels)).toContainEqual(['endpoint', '/leaky']);
});

test('a leak profile: all of its goroutines are leaked', () => {
  const table = goroutineTableOf(profile('leak-go1.27rc1.goroutineleak.pb.gz'));
  expect(goroutineCount(table)).toBe(36);
  expect(groupGoroutines(table).every(({ leaked }) => leaked)).toBe(true);
  expect(said(table)).toEqual(said(dump('leak-go1.27rc1.goroutineleak.debug1.txt')));
});

test('no other profile is taken for one', () => {
  const heap = {
    ...profile('leak-go1.26.8.pb.gz'),
    sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }],
  };
  expect(isGoroutineProfile(heap)).toBe(false);
});
