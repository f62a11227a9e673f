/**
 * Sources to one profile: read, decoded, merged, a base subtracted, names and frames tidied up.
 *
 * fetchProfiles of Go 1.26's pprof (internal/driver/fetch.go): sources that fail are reported and left
 * out as long as one works.
 */
import { statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import type { Profile } from '../../profile/profile.ts';
import { dropUninteresting } from '../../profile/prune.ts';
import {
  combineProfiles,
  droppedTypes,
  type MergedTypes,
  normalize,
  subtractBase,
} from '../../report/pprof/combine.ts';
import { demangleNames } from '../../report/pprof/demangle.ts';
import { basePath } from '../../report/pprof/gotext.ts';
import { encodeInGoOrder } from '../../report/pprof/proto.ts';
import { formatDuration } from '../../report/pprof/raw.ts';
import { inputLimit, readFileBounded } from '../inputs.ts';
import { type RemoteSource, remoteSource } from './address.ts';
import { decodeInput } from './decode.ts';
import { PprofError, type PprofIo } from './io.ts';
import { locateBinaries } from './locate.ts';
import { recordedPath } from './recordedpath.ts';
import type { Source } from './source.ts';
import { parseSymbolize } from './symbolize.ts';
import type { RemoteProfile } from './symbolz.ts';
import { createNumbered, temporaryFolder } from './tempfiles.ts';
import type { TlsOptions } from './tls.ts';
import { hasUnnamed } from './unnamed.ts';

const SILENT = { message: () => undefined };

/** The profile that the command line names. Throws `PprofError`. */
export async function fetchProfiles(source: Source, io: PprofIo): Promise<Profile> {
  const grabs = (addresses: readonly string[]) =>
    Promise.all(addresses.map((address) => grab(address, source, io)));
  const [own, base] = await Promise.all([grabs(source.sources), grabs(source.bases)]);
  const profiles = working(own, 'source', io);
  const bases = working(base, 'base', io);
  const { mergeTypes } = source;
  let profile = combine(profiles, mergeTypes, 'problem fetching source profiles: ');
  if (bases.length > 0) {
    const subtracted = combine(bases, mergeTypes, 'problem fetching base profiles: ');
    profile = orFail(() => {
      const scaled = source.normalize ? normalize(profile, subtracted) : profile;
      return subtractBase(scaled, subtracted, source.diffBase, mergeTypes);
    });
  }
  const dropped = droppedTypes([...profiles, ...bases], profile);
  if (dropped.length > 0) {
    io.message(
      `Left out the sample types that some sources lack: ${dropped.join(', ')}` +
        ' (-merge_types=all keeps them)',
    );
  }
  const remotes = [...own, ...base].flatMap((one) =>
    'profile' in one && one.url !== undefined ? [{ url: one.url, profile: one.profile }] : [],
  );
  if (source.allFrames) profile = { ...profile, dropFrames: '', keepFrames: '' };
  profile = await symbolized(profile, source, remotes, io);
  profile = prunedByItself(profile);
  if (source.comment !== '') {
    profile = { ...profile, comments: [...profile.comments, source.comment] };
  }
  if (remotes.length > 0) saveCopy(profile, io);
  if (parseSymbolize(source.symbolize, SILENT).inlined) {
    const { useInlinedFrames } = await import('./binaries.ts');
    useInlinedFrames(profile);
  }
  return source.gcCost === '' ? profile : charged(profile, source, io);
}

/** The profile with garbage collection on the stacks of another source's allocations. */
async function charged(profile: Profile, source: Source, io: PprofIo): Promise<Profile> {
  const other = { ...source, sources: [source.gcCost], bases: [], gcCost: '', comment: '' };
  const allocations = await fetchProfiles(other, io);
  const { chargeGcCost } = await import('../../report/pprof/gccost.ts');
  return orFail(() => chargeGcCost(profile, allocations));
}

/** Names for what has none, from binaries and from the profiles' servers; then shown names. */
async function symbolized(
  profile: Profile,
  source: Source,
  remotes: readonly RemoteProfile[],
  io: PprofIo,
): Promise<Profile> {
  const options = parseSymbolize(source.symbolize, io);
  const { none, local, remote, force, demangle } = options;
  if (none) return profile;
  let named = profile;
  if (local && hasUnnamed(profile, force)) {
    const { symbolizeLocally } = await import('./local.ts');
    named = symbolizeLocally(profile, options, io);
  }
  if (remote && remotes.length > 0) {
    const { symbolizeRemotely } = await import('./symbolz.ts');
    const { postText } = await import('./remote.ts');
    const tls = await tlsOf(source);
    named = await symbolizeRemotely(named, remotes, (url, body) => postText(url, body, tls));
  }
  return demangleNames(named, { mode: demangle, force });
}

/** Certificates are read when a server is asked. */
async function tlsOf({ tls }: Source): Promise<TlsOptions> {
  const { loadTls } = await import('./tls.ts');
  return loadTls(tls);
}

/** Reports what failed, in the order of the command line; gives the rest. */
function working(grabbed: readonly Grabbed[], what: string, io: PprofIo): Profile[] {
  const profiles = grabbed.flatMap((one) => ('failure' in one ? [] : [one.profile]));
  const failures = grabbed.flatMap((one) => ('failure' in one ? [one.failure] : []));
  // pprof adds that it failed to fetch any; a line for each source says as much.
  if (grabbed.length > 0 && profiles.length === 0) throw new PprofError(failures.join('\n'));
  for (const failure of failures) io.message(failure);
  if (profiles.length < grabbed.length) {
    io.message(`Fetched ${profiles.length} ${what} profiles out of ${grabbed.length}`);
  }
  return profiles;
}

/** Keeps what came over the network: asking again would give another profile. */
function saveCopy(profile: Profile, io: PprofIo): void {
  const main = profile.mappings[0]?.file ?? '';
  const prefix = ['pprof', ...(main === '' ? [] : [basePath(main)])];
  const name = [...prefix, ...profile.sampleTypes.map(({ type }) => type), ''].join('.');
  const path = createNumbered(temporaryFolder(io), name, '.pb.gz');
  writeFileSync(path, gzipSync(encodeInGoOrder(profile)));
  io.message(`Saved profile in ${path}`);
}

function combine(profiles: readonly Profile[], types: MergedTypes, context: string): Profile {
  // Profiles of one program that differ in what they count can still be one.
  const hint = types === 'common' && profiles.length > 1 ? ' (-merge_types=all merges them)' : '';
  return orFail(() => combineProfiles(profiles, types), context, hint);
}

function orFail<T>(action: () => T, context = '', hint = ''): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) throw new PprofError(context + error.message + hint);
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

type Grabbed =
  | { readonly profile: Profile; readonly url: string | undefined }
  | { readonly failure: string };

/** One source, or why it cannot be had. */
async function grab(address: string, source: Source, io: PprofIo): Promise<Grabbed> {
  const name = address === '-' && !exists(address) ? 'standard input' : address;
  try {
    const limit = inputLimit(io.env);
    const remote = exists(address)
      ? undefined
      : remoteSource(address, source.seconds, source.timeout);
    const recorded = remote === undefined && name === address ? recordedPath(address) : undefined;
    if (recorded !== undefined) {
      const { recordedProfile } = await import('./recorded.ts');
      return {
        profile: await locateBinaries(await recordedProfile(recorded, limit, io), source, io),
        url: undefined,
      };
    }
    const bytes =
      remote === undefined
        ? await read(address, name, limit, io)
        : await download(remote, source, limit, io);
    const { profile, notes } = await decodeInput(bytes, name, limit);
    for (const note of notes) io.message(`${name}: ${note}`);
    return { profile: await locateBinaries(profile, source, io), url: remote?.url };
  } catch (error) {
    if (error instanceof PprofError) return { failure: `whygo: ${name}: ${error.message}` };
    const { failureLine } = await import('../failure.ts');
    return { failure: failureLine(error, name) };
  }
}

async function download(
  remote: RemoteSource,
  source: Source,
  limit: number,
  io: PprofIo,
): Promise<Uint8Array> {
  io.message(`Fetching profile over HTTP from ${remote.url}`);
  if (source.seconds > 0) {
    io.message(`Please wait... (${formatDuration(BigInt(source.seconds) * 1_000_000_000n)})`);
  }
  const { fetchBytes } = await import('./remote.ts');
  return fetchBytes(remote, limit, await tlsOf(source));
}

async function read(
  address: string,
  name: string,
  limit: number,
  io: PprofIo,
): Promise<Uint8Array> {
  if (name !== address) return io.readStdin();
  const bytes = readFileBounded(address, limit);
  if (bytes[0] !== 0x50) return bytes;
  const { isPerfData, convertPerfData } = await import('./perfdata.ts');
  return isPerfData(bytes) ? convertPerfData(address, limit, io) : bytes;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
