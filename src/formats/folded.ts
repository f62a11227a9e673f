/**
 * Folded stacks (Brendan Gregg's stackcollapse output): `root;caller;leaf 42`, one stack a line.
 *
 * Read and written by flamegraph.pl, inferno, speedscope and others. Only names and one value
 * survive in this format; a frame's `_[i]` suffix (inlined) and `_[k]` (kernel) are taken off.
 */
import { DecodeError } from '../base/errors.ts';
import { ProfileBuilder } from '../profile/builder.ts';
import { functionName } from '../profile/frames.ts';
import type { Profile, ValueType } from '../profile/profile.ts';

/** Reads folded stacks. The value is the last word of a line. Throws `DecodeError`. */
export function decodeFolded(
  text: string,
  sampleType: ValueType = { type: 'samples', unit: 'count' },
): Profile {
  const builder = new ProfileBuilder([sampleType]);
  const { symbols } = builder;
  const locations = new Map<string, number>();
  const locationOf = (frame: string) => {
    let location = locations.get(frame);
    if (location === undefined) {
      const name = frame.replace(/_\[[ijkw]\]$/, '');
      const fn = symbols.function({ name, systemName: name, filename: '', startLine: 0 });
      const lines = [{ function: fn, line: 0, column: 0 }];
      location = symbols.location({ mapping: -1, address: 0n, isFolded: false, lines });
      locations.set(frame, location);
    }
    return location;
  };
  let offset = 0;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (line !== '' && !line.startsWith('#')) {
      const space = line.lastIndexOf(' ');
      const value = line.slice(space + 1);
      if (space <= 0 || !/^-?\d+(\.\d+)?$/.test(value)) {
        throw new DecodeError('folded stacks', offset, 'line does not end with a number');
      }
      const frames = line.slice(0, space).trimEnd().split(';').reverse();
      builder.add(frames.map(locationOf), [Math.round(Number(value))]);
    }
    offset += raw.length + 1;
  }
  return builder.finish();
}

/**
 * Writes one value column as folded stacks, equal stacks added up, sorted. Semicolons and line ends
 * in names become colons and spaces, as the format has no escape.
 */
export function encodeFolded(profile: Profile, sampleIndex: number): string {
  const { samples, stacks, locations } = profile;
  const values = samples.values[sampleIndex];
  if (values === undefined) throw new RangeError(`profile has no sample type ${sampleIndex}`);
  const names = Array.from({ length: profile.functions.length }, (_, fn) => clean(profile, fn));
  const sums = new Map<string, bigint>();
  for (let row = 0; row < samples.length; row++) {
    const value = BigInt(values[row] ?? 0);
    if (value === 0n) continue;
    const stack = samples.stack[row] ?? 0;
    const frames: string[] = [];
    const from = stacks.start[stack] ?? 0;
    for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= from; i--) {
      const location = stacks.locations[i] ?? 0;
      const first = locations.lineStart[location] ?? 0;
      let line = locations.lineStart[location + 1] ?? 0;
      if (line === first) frames.push(`0x${(locations.address[location] ?? 0n).toString(16)}`);
      while (line-- > first) frames.push(names[locations.lineFunction[line] ?? -1] ?? '<unknown>');
    }
    const key = frames.join(';');
    sums.set(key, (sums.get(key) ?? 0n) + value);
  }
  const lines = [...sums].map(([stack, value]) => `${stack} ${value}\n`);
  return lines.sort().join('');
}

function clean(profile: Profile, fn: number): string {
  return functionName(profile, fn)
    .replaceAll(';', ':')
    .replace(/[\r\n]+/g, ' ');
}
