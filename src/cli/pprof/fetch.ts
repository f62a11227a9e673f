/**
 * Sources to one profile: read, decoded, merged, a base subtracted, names and frames tidied up.
 *
 * fetchProfiles of Go 1.26's pprof (internal/driver/fetch.go): sources that fail are reported and left
 * out as long as one works.
 */
import { readFileSync, statSync } from 'node:fs';
import { DecodeError, messageOf, UserError } from '../../base/errors.ts';
import { nodeDecompressors } from '../../collect/decompress.ts';
import { compressionOf, decompress } from '../../formats/compression.ts';
import { decodeLegacy } from '../../formats/legacy.ts';
import { decodePprof } from '../../formats/pprof.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';
import { dropUninteresting } from '../../profile/prune.ts';
import { combineProfiles, normalize, subtractBase } from '../../report/pprof/combine.ts';
import { simplifyNames } from '../../report/pprof/demangle.ts';
import { PprofError, type PprofIo } from './io.ts';
import type { Source } from './source.ts';

/** The profile that the command line names. Throws `PprofError`. */
export function fetchProfiles(source: Source, io: PprofIo): Profile {
  const grabAll = (addresses: readonly string[], what: string) => {
    const profiles = addresses.flatMap((address) => grab(address, source, io));
    if (addresses.length > 0 && profiles.length === 0) {
      throw new PprofError(`failed to fetch any ${what} profiles`);
    }
    if (profiles.length < addresses.length) {
      io.message(`Fetched ${profiles.length} ${what} profiles out of ${addresses.length}`);
    }
    return profiles;
  };
  const profiles = grabAll(source.sources, 'source');
  const bases = grabAll(source.bases, 'base');
  let profile = combine(profiles, 'problem fetching source profiles: ');
  if (bases.length > 0) {
    const base = combine(bases, 'problem fetching base profiles: ');
    profile = orFail(() => {
      const own = source.normalize ? normalize(profile, base) : profile;
      return subtractBase(own, base, source.diffBase);
    });
  }
  if (source.symbolize !== 'none' && source.symbolize !== 'no') profile = simplifyNames(profile);
  profile = prunedByItself(profile);
  return source.comment === ''
    ? profile
    : { ...profile, comments: [...profile.comments, source.comment] };
}

function combine(profiles: readonly Profile[], context: string): Profile {
  return orFail(() => combineProfiles(profiles), context);
}

function orFail<T>(action: () => T, context = ''): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) throw new PprofError(context + error.message);
    throw error;
  }
}

/** pprof ignores drop_frames and keep_frames that are no expressions. */
function prunedByItself(profile: Profile): Profile {
  try {
    return dropUninteresting(profile);
  } catch (error) {
    if (error instanceof UserError) return profile;
    throw error;
  }
}

/** One source; none, after a message, when it cannot be had. */
function grab(address: string, source: Source, io: PprofIo): Profile[] {
  try {
    return [located(decode(read(address, io)), source)];
  } catch (error) {
    io.message(`${address}: ${describe(error, address)}`);
    return [];
  }
}

function read(address: string, io: PprofIo): Uint8Array {
  if (address === '-' && !exists(address)) return io.readStdin();
  return readFileSync(address);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function describe(error: unknown, address: string): string {
  if (error instanceof DecodeError) {
    return `parsing profile: ${error.format}, byte ${error.offset}: ${error.reason}`;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `open ${address}: no such file or directory`;
  if (code === 'EACCES') return `open ${address}: permission denied`;
  if (code === 'EISDIR') return `read ${address}: is a directory`;
  return messageOf(error);
}

function decode(bytes: Uint8Array): Profile {
  const plain = compressionOf(bytes) === 'none' ? bytes : decompress(bytes, nodeDecompressors);
  try {
    return decodePprof(plain);
  } catch (error) {
    // Older formats are tried when it is no profile.proto at all.
    const legacy = error instanceof DecodeError ? decodeLegacy(plain) : undefined;
    if (legacy === undefined) throw error;
    return legacy;
  }
}

/** Gives every location a mapping, and the main one the binary and build ID of the command line. */
function located(profile: Profile, source: Source): Profile {
  let located = profile;
  if (profile.mappings.length === 0) {
    const mapping = new Int32Array(profile.locations.length);
    located = {
      ...profile,
      mappings: [UNKNOWN_MAPPING],
      locations: { ...profile.locations, mapping },
    };
  }
  const { executable, buildId } = source;
  const [main, ...others] = located.mappings;
  if (main === undefined || (executable === '' && buildId === '')) return located;
  const named = {
    ...main,
    file: executable === '' ? main.file : executable,
    buildId: main.buildId === '' ? buildId : main.buildId,
  };
  return { ...located, mappings: [named, ...others] };
}

const UNKNOWN_MAPPING: Mapping = {
  id: 1n,
  start: 0n,
  limit: 0n,
  offset: 0n,
  file: '',
  buildId: '',
  hasFunctions: false,
  hasFilenames: false,
  hasLineNumbers: false,
  hasInlineFrames: false,
};
