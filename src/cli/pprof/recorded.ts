/**
 * A recorded folder as a profile: `FOLDER`, `FOLDER/TYPE` or `FOLDER/SERVICE/TYPE`.
 *
 * CPU profiles are merged. Of types that count since the start of the process, and of readings of a
 * moment, the last one is taken: it holds the others, or is the newest.
 */
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { RecordedEntry } from '../../collect/manifest.ts';
import { openRecording, type Recording } from '../../collect/recording.ts';
import type { Profile } from '../../profile/profile.ts';
import { combineProfiles } from '../../report/pprof/combine.ts';
import { decodeInput } from './decode.ts';
import type { PprofIo } from './io.ts';
import type { RecordedPath } from './recordedpath.ts';

/** What is read of several types when none is named. */
const PREFERRED = ['cpu', 'heap', 'allocs'];

/** Throws `UserError` and `DecodeError`. */
export async function recordedProfile(
  { folder, rest }: RecordedPath,
  limit: number,
  io: PprofIo,
): Promise<Profile> {
  const recording = await openRecording(folder);
  const service = rest.length > 1 ? rest[0] : undefined;
  const entries = recording.entries.filter(
    ({ format, target }) =>
      format === 'pprof' &&
      (service === undefined || recording.targets[target]?.service === service),
  );
  const type = chosenType(folder, rest.at(-1), entries, io);
  const ofType = entries.filter((entry) => entry.type === type);
  const taken = type === 'cpu' ? ofType : lastOfEachTarget(ofType);
  io.message(`${folder}: ${describe(taken, ofType, type, recording)}`);
  const profiles: Profile[] = [];
  for (const entry of taken) {
    const name = join(folder, entry.file);
    profiles.push((await decodeInput(await recording.load(entry), name, limit)).profile);
  }
  return combineProfiles(profiles);
}

function chosenType(
  folder: string,
  named: string | undefined,
  entries: readonly RecordedEntry[],
  io: PprofIo,
): string {
  const counts = new Map<string, number>();
  for (const { type } of entries) counts.set(type, (counts.get(type) ?? 0) + 1);
  const list = [...counts].map(([type, count]) => `${type} (${count})`).join(', ');
  const types = [...counts.keys()];
  if (named !== undefined && counts.has(named)) return named;
  if (named !== undefined || types.length === 0) {
    const what = named === undefined ? 'no profiles' : `no profiles of type “${named}”`;
    throw new UserError(
      'no-profiles',
      `${folder} has ${what}`,
      types.length === 0 ? 'record again' : `name one of: ${list}`,
    );
  }
  const type = PREFERRED.find((name) => counts.has(name)) ?? types[0] ?? '';
  if (types.length > 1) {
    io.message(`${folder} holds ${list}; another is named as ${join(folder, 'TYPE')}`);
  }
  return type;
}

function lastOfEachTarget(entries: readonly RecordedEntry[]): RecordedEntry[] {
  return [...new Map(entries.map((entry) => [entry.target, entry])).values()];
}

function describe(
  taken: readonly RecordedEntry[],
  all: readonly RecordedEntry[],
  type: string,
  { targets }: Recording,
): string {
  const services = [...new Set(taken.map(({ target }) => targets[target]?.service ?? ''))];
  const of = services.length === 0 ? '' : ` of ${services.join(', ')}`;
  if (taken.length === all.length && taken.length > 1) {
    return `${taken.length} ${type} profiles${of}, merged`;
  }
  if (taken.length > 1)
    return `the last ${type} profile of each of ${taken.length} targets, merged`;
  return all.length > 1
    ? `the last of ${all.length} ${type} profiles${of}`
    : `the ${type} profile${of}`;
}
