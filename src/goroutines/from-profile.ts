/**
 * A goroutine or goroutineleak profile (proto) → the same table that a debug=1 dump gives: one row
 * a sample with its count, without ids and states. Goroutines of a leak profile are marked leaked.
 *
 * Frames without a function keep their address as a name, as debug=1 prints it.
 */

import { encodeUtf8 } from '../base/utf8.ts';
import type { Profile } from '../profile/profile.ts';
import { defaultSampleIndex, sampleIndexOf } from '../profile/profile.ts';
import { type Labels, UNKNOWN_HEADER } from './header.ts';
import { FrameRun, TableRows } from './rows.ts';
import type { GoroutineTable } from './table.ts';

/** The sample types of runtime/pprof; `goroutine` of older or merged profiles, too. */
const TYPES = ['goroutine', 'goroutineleak'];

/** True for profiles of goroutines. */
export function isGoroutineProfile(profile: Profile): boolean {
  return profile.sampleTypes.some(({ type }) => TYPES.includes(type));
}

export function goroutineTableOf(profile: Profile): GoroutineTable {
  const leaks = sampleIndexOf(profile, 'goroutineleak');
  const counted = leaks >= 0 ? leaks : sampleIndexOf(profile, 'goroutine');
  const values = profile.samples.values[counted >= 0 ? counted : defaultSampleIndex(profile)];
  const rows = new TableRows(false);
  const headers = new Map<number, number>();
  const headerOf = (labelSet: number): number => {
    let header = headers.get(labelSet);
    if (header === undefined) {
      const labels = labelsOf(profile, labelSet);
      header = rows.addHeader({ ...UNKNOWN_HEADER, leaked: leaks >= 0, labels });
      headers.set(labelSet, header);
    }
    return header;
  };
  const time = new Date(Number(profile.timeNanos / 1_000_000n)).toISOString();
  const prefix = profile.timeNanos > 0n ? encodeUtf8(time) : undefined;
  const frames = new FrameRun();
  for (let row = 0; row < profile.samples.length; row++) {
    addFrames(profile, profile.samples.stack[row], rows, frames);
    rows.addRow({
      kind: 'records',
      spot: { offset: 0, line: 0, prefix },
      count: Number(values?.[row] ?? 0),
      id: -1,
      header: headerOf(profile.samples.labelSet[row]),
      stack: rows.stacks.intern(frames.pairs, frames.length),
      createdBy: -1,
      createdAt: -1,
      creator: -1,
      ancestors: [],
    });
  }
  return { ...rows.table(0), isDump: true, form: 'records' };
}

function addFrames(profile: Profile, stack: number, rows: TableRows, frames: FrameRun): void {
  const { stacks, locations, functions, strings } = profile;
  const intern = (of: 'functions' | 'places', text: string): number => {
    const bytes = encodeUtf8(text);
    return rows[of].intern(bytes, 0, bytes.length);
  };
  frames.length = 0;
  for (let i = stacks.start[stack]; i < stacks.start[stack + 1]; i++) {
    const location = stacks.locations[i];
    const [from, to] = [locations.lineStart[location], locations.lineStart[location + 1]];
    if (from === to) {
      const address = `0x${locations.address[location].toString(16)}`;
      frames.add(intern('functions', address), -1);
    }
    for (let line = from; line < to; line++) {
      const index = locations.lineFunction[line];
      const name = index < 0 ? '' : strings[functions.name[index]];
      const file = index < 0 ? '' : strings[functions.filename[index]];
      frames.add(
        intern('functions', name),
        intern('places', `${file}:${locations.lineNumber[line]}`),
      );
    }
  }
}

function labelsOf({ labelSets, strings }: Profile, set: number): Labels {
  const labels: [string, string][] = [];
  for (let i = labelSets.start[set]; i < labelSets.start[set + 1]; i++) {
    const text = labelSets.str[i];
    const unit = strings[labelSets.numUnit[i]];
    const value = text >= 0 ? strings[text] : `${labelSets.num[i]}${unit === '' ? '' : ` ${unit}`}`;
    labels.push([strings[labelSets.key[i]], value]);
  }
  return labels;
}
