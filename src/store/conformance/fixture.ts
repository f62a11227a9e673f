/** What the conformance tests share: small and recorded profiles, their meaning, and their states. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodePprof } from '../../formats/pprof.ts';
import { profileFromText, textFromProfile } from '../../profile/fromtext.ts';
import { labelsOf } from '../../profile/labels.ts';
import type { Profile } from '../../profile/profile.ts';
import type { ProfileRecord, Store } from '../store.ts';

export const SECOND = 1_000_000_000n;
export const HOUR = 3600n * SECOND;
/** A whole hour, so that offsets below stay in it. */
export const T0 = 1_764_000_000n * SECOND - ((1_764_000_000n * SECOND) % HOUR);
export const ALL = { fromNanos: 0n, toNanos: 2n ** 62n };

export const CPU = [
  { type: 'samples', unit: 'count' },
  { type: 'cpu', unit: 'nanoseconds' },
];

export function cpuProfile(text: string): Profile {
  return profileFromText(text, {
    sampleTypes: CPU,
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 10_000_000n,
  });
}

export function record(
  at: bigint,
  profile: Profile,
  rest: Partial<ProfileRecord> & { readonly service?: string } = {},
): ProfileRecord {
  const key = { service: rest.service ?? 'shop', labels: { instance: 'a:6060' } };
  return { key, type: 'cpu', startNanos: T0 + at, durationNanos: 10n * SECOND, profile, ...rest };
}

const fixtures = join(import.meta.dirname, '../../../test/fixtures/profiles');

export function readFixture(name: string): {
  readonly bytes: Uint8Array;
  readonly profile: Profile;
} {
  const bytes = readFileSync(join(fixtures, name));
  return { bytes, profile: decodePprof(gunzipSync(bytes)) };
}

/** Everything that a profile means, in an order of its own: ids and row orders mean nothing. */
export function meaningOf(profile: Profile): unknown {
  const { mappings, samples, stacks, locations, functions, strings } = profile;
  const mapping = (index: number) => {
    const found = mappings[index];
    return found === undefined ? 'none' : JSON.stringify({ ...found, id: 0 }, bigintsAsText);
  };
  const fn = (index: number) =>
    index < 0
      ? 'unknown'
      : [
          strings[functions.name[index] ?? 0],
          strings[functions.systemName[index] ?? 0],
          strings[functions.filename[index] ?? 0],
          functions.startLine[index],
        ].join('|');
  const location = (index: number) => {
    const lines: string[] = [];
    const to = locations.lineStart[index + 1] ?? 0;
    for (let line = locations.lineStart[index] ?? 0; line < to; line++) {
      const place = `${locations.lineNumber[line]}:${locations.lineColumn[line]}`;
      lines.push(`${fn(locations.lineFunction[line] ?? -1)} ${place}`);
    }
    const where = mapping(locations.mapping[index] ?? -1);
    return `${where} ${locations.address[index]} ${locations.isFolded[index]} ${lines.join(' < ')}`;
  };
  // Whole texts read better in a failed test, and take a gigabyte for a large profile.
  const shorten = samples.length > 1000 ? digest : (text: string) => text;
  const texts = Array.from({ length: locations.length }, (_, index) => shorten(location(index)));
  const rows = Array.from({ length: samples.length }, (_, row) => {
    const stack = samples.stack[row] ?? 0;
    const run = stacks.locations.subarray(stacks.start[stack], stacks.start[stack + 1]);
    const labels = labelsOf(profile, samples.labelSet[row] ?? 0);
    return JSON.stringify(
      [
        Array.from(run, (index) => texts[index]),
        labels,
        samples.values.map((column) => String(column[row])),
      ],
      bigintsAsText,
    );
  });
  const { sampleTypes, defaultSampleType, periodType, period, timeNanos, durationNanos } = profile;
  const { comments, dropFrames, keepFrames, docUrl } = profile;
  return {
    ...{ sampleTypes, defaultSampleType, periodType, period, timeNanos, durationNanos },
    ...{ comments, dropFrames, keepFrames, docUrl },
    mappings: mappings.map((_, index) => mapping(index)),
    samples: rows.sort(),
  };
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64').slice(0, 12);
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

export function sortedText(profile: Profile): string[] {
  return textFromProfile(profile).split('\n').sort();
}

export interface Fixture {
  readonly store: Store;
  readonly reopen: () => Promise<void>;
}

/** What must hold in the hot tables, after the hour was closed, and after opening again. */
export async function inEveryState(fixture: Fixture, check: () => Promise<void>): Promise<void> {
  await check();
  await fixture.reopen();
  await check();
  await fixture.store.compact({ all: true });
  await check();
  await fixture.reopen();
  await check();
}

export async function onlyId(store: Store, type = 'cpu'): Promise<string> {
  const [info] = await store.listProfiles({ range: ALL, type });
  return info?.id ?? '';
}
