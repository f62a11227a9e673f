/**
 * Reads a recorded folder: its manifest, or, when it has none, whatever profiles lie in it.
 *
 * Nothing is decoded here but the bare profiles of a folder without manifest, whose time and type
 * have to come from themselves.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { DecodeError, messageOf, UserError } from '../base/errors.ts';
import type { Decompressors } from '../formats/compression.ts';
import { type Opened, openBytes } from '../open/open.ts';
import type { Profile } from '../profile/profile.ts';
import { nodeDecompressors } from './decompress.ts';
import {
  manifestSchema,
  type RecordedEntry,
  type RecordedFormat,
  type RecordedTarget,
} from './manifest.ts';

export interface Recording {
  readonly folder: string;
  readonly targets: readonly RecordedTarget[];
  /** Ascending by time. */
  readonly entries: readonly RecordedEntry[];
  /** Files of a folder without manifest that could not be used, and why. */
  readonly notUnderstood: readonly { readonly file: string; readonly why: string }[];
  /** The file's bytes, as they stand. */
  load(entry: RecordedEntry): Promise<Uint8Array>;
}

/** Throws UserError `cannot-open` or `recording-invalid`. */
export async function openRecording(
  folder: string,
  decompressors: Decompressors = nodeDecompressors,
): Promise<Recording> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return openBareFolder(folder, decompressors);
    throw new UserError('cannot-open', messageOf(error), 'Check the path and its rights');
  }
  const { targets, entries } = parseManifest(text, folder);
  return {
    folder,
    targets,
    entries,
    notUnderstood: [],
    load: (entry) => readFile(join(folder, entry.file)),
  };
}

function parseManifest(
  text: string,
  folder: string,
): { targets: readonly RecordedTarget[]; entries: readonly RecordedEntry[] } {
  const invalid = (reason: string) =>
    new UserError(
      'recording-invalid',
      `${join(folder, 'manifest.json')}: ${reason}`,
      'Remove the manifest to open the profiles without it',
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(messageOf(error));
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.map(String).join('.')}: ${issue?.message}`);
  }
  const { targets } = parsed.data;
  const entries = parsed.data.entries.map((entry) => {
    if (entry.target >= targets.length) throw invalid(`${entry.file} is of no known target`);
    const outside = isAbsolute(entry.file) || relative('.', join('.', entry.file)).startsWith('..');
    if (outside) throw invalid(`${entry.file} is not in the folder`);
    const { file, target, type, format } = entry;
    const timeNanos = BigInt(entry.timeUnixNano);
    const durationNanos = BigInt(entry.durationNanos);
    const forcedGc = entry.forcedGc ?? false;
    return {
      file,
      target,
      type,
      format,
      timeNanos,
      durationNanos,
      forcedGc,
      bytes: entry.bytes ?? 0,
    };
  });
  return { targets, entries: entries.sort(byTime) };
}

function byTime(a: RecordedEntry, b: RecordedEntry): number {
  return a.timeNanos < b.timeNanos ? -1 : a.timeNanos > b.timeNanos ? 1 : 0;
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A folder of more files than this is not one that somebody put profiles into. */
const MOST_FILES = 10_000;

/** Files of a folder and one level below it; hidden ones and what npm installs are passed over. */
async function filesBelow(folder: string, levels = 1): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isFile()) files.push(entry.name);
    else if (entry.isDirectory() && levels > 0) {
      const below = await filesBelow(join(folder, entry.name), levels - 1);
      for (const name of below) files.push(join(entry.name, name));
    }
    if (files.length > MOST_FILES) {
      throw new UserError(
        'recording-invalid',
        `${folder} has more than ${MOST_FILES} files`,
        'Name the folder that has the profiles, or the files themselves',
      );
    }
  }
  return files;
}

/** Profiles, dumps and metrics that lie in a folder or one level below it. */
async function openBareFolder(folder: string, decompressors: Decompressors): Promise<Recording> {
  let names: string[];
  try {
    names = await filesBelow(folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const what = isMissingFile(error) ? `there is no folder ${folder}` : messageOf(error);
    throw new UserError('cannot-open', what, 'Check the path');
  }
  const entries: RecordedEntry[] = [];
  const notUnderstood: { file: string; why: string }[] = [];
  for (const file of names.sort()) {
    const path = join(folder, file);
    const info = await stat(path);
    const modified = BigInt(Math.round(info.mtimeMs)) * 1_000_000n;
    try {
      const opened = openBytes(await readFile(path), file, decompressors, modified);
      entries.push(bareEntry(file, info.size, modified, opened));
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof DecodeError)) throw error;
      notUnderstood.push({ file, why: messageOf(error) });
    }
  }
  if (entries.length === 0) {
    const [first] = notUnderstood;
    const why = first === undefined ? 'it is empty' : `${first.file}: ${first.why}`;
    const next = 'Give a folder that whygo record wrote, or one with profiles in it';
    throw new UserError('recording-invalid', `${folder} has no profiles (${why})`, next);
  }
  const service = basename(folder.replace(/[/\\]+$/, '')) || 'recording';
  return {
    folder,
    targets: [{ service, instance: service, labels: { instance: service }, goVersion: '' }],
    entries: entries.sort(byTime),
    notUnderstood,
    load: (entry) => readFile(join(folder, entry.file)),
  };
}

function bareEntry(file: string, bytes: number, modified: bigint, opened: Opened): RecordedEntry {
  const common = { file, target: 0, bytes, forcedGc: false };
  switch (opened.kind) {
    case 'profile': {
      if (opened.format !== 'pprof') {
        const next = `convert it first: whygo convert ${file} ${file}.pb.gz`;
        throw new UserError(
          'not-a-profile',
          `${file} is no pprof profile but ${opened.format}`,
          next,
        );
      }
      const { timeNanos, durationNanos } = opened.profile;
      const type = profileType(opened.profile, file);
      const timed = type === 'cpu' ? durationNanos : 0n;
      const at = timeNanos > 0n ? timeNanos : modified;
      return { ...common, type, timeNanos: at, durationNanos: timed, format: 'pprof' };
    }
    case 'metrics': {
      const { timeNanos, source } = opened.snapshot;
      const format: RecordedFormat =
        source === 'agent' || source === 'expvar' ? 'agent-json' : source;
      const at = timeNanos > 0n ? timeNanos : modified;
      return { ...common, type: 'metrics', timeNanos: at, durationNanos: 0n, format };
    }
    case 'goroutines':
      return {
        ...common,
        type: 'goroutines',
        timeNanos: modified,
        durationNanos: 0n,
        format: 'goroutines',
      };
    case 'trace':
      return { ...common, type: 'trace', timeNanos: modified, durationNanos: 0n, format: 'trace' };
  }
}

/**
 * The type of a profile by its sample types. Block and mutex profiles have the same ones, so that
 * the file's name decides between them.
 */
export function profileType(profile: Profile, name: string): string {
  const names = profile.sampleTypes.map(({ type }) => type);
  if (names.includes('cpu')) return 'cpu';
  if (names.includes('inuse_space')) return /alloc/i.test(basename(name)) ? 'allocs' : 'heap';
  if (names.includes('contentions')) return /mutex/i.test(basename(name)) ? 'mutex' : 'block';
  return names.at(-1) ?? 'profile';
}
