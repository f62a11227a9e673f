/** The derived profiles, sample for sample those of `go tool trace -pprof=…`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodePprof } from '../../../src/formats/pprof.ts';
import type { Profile } from '../../../src/profile/profile.ts';
import { DERIVED_KINDS, derivedProfile } from '../../../src/trace/analysis/derived.ts';
import { checkTrace, decodeTrace } from '../../../src/trace/decode.ts';
import { bytesSource } from '../../../src/trace/source.ts';

/** More recordings to compare, for a closer look: WHYGO_TRACES=folder. */
const folders = [join(import.meta.dirname, '../../fixtures/trace'), process.env.WHYGO_TRACES ?? ''];
const recordings = folders
  .filter((folder) => folder !== '')
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter(
    (path) => path.endsWith('.trace') && checkTrace(bytesSource(readFileSync(path))).isAccepted,
  )
  .map((path) => ({ name: path.slice(path.lastIndexOf('/') + 1), path }));

const hasGo = spawnSync('go', ['tool', '-n', 'trace']).status === 0;

/** A line for each sample: its values, and its frames with their program counters. */
function canonical(profile: Profile): string[] {
  const { strings, functions, locations, stacks, samples } = profile;
  const frame = (location: number) => {
    const line = locations.lineStart[location];
    const func = locations.lineFunction[line];
    const name = strings[functions.name[func]];
    const where = `${strings[functions.filename[func]]}:${locations.lineNumber[line]}`;
    return `${locations.address[location].toString(16)} ${name} ${where}`;
  };
  return Array.from({ length: samples.length }, (_, i) => {
    const stack = samples.stack[i];
    const run = stacks.locations.subarray(stacks.start[stack], stacks.start[stack + 1]);
    const values = samples.values.map((column) => String(column[i])).join(' ');
    return `${values}\n${Array.from(run, frame)
      .filter((text) => text !== '0  :0')
      .join('\n')}`;
  }).sort();
}

function theirs(path: string, kind: string): Profile {
  const run = spawnSync('go', ['tool', 'trace', `-pprof=${kind}`, path], { maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr.toString('utf8'));
  return decodePprof(gunzipSync(run.stdout));
}

describe.skipIf(!hasGo)('the profiles of go tool trace (needs go on the PATH)', () => {
  const all = recordings.flatMap(({ name, path }) =>
    DERIVED_KINDS.map((kind) => ({ name, path, kind })),
  );

  test('there are recordings', () => expect(recordings.length).toBeGreaterThan(5));

  test.each(all)('$kind of $name', { timeout: 120_000 }, ({ path, kind }) => {
    const profile = derivedProfile(decodeTrace(bytesSource(readFileSync(path))), kind);
    const peer = theirs(path, kind);
    expect(profile.sampleTypes).toEqual(peer.sampleTypes);
    expect(profile.periodType).toEqual(peer.periodType);
    expect(canonical(profile)).toEqual(canonical(peer));
  });
});
