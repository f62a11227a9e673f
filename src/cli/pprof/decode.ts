/**
 * Bytes to a profile, in pprof's order: profile.proto, the formats from before it, then whatever else
 * whygo reads, which is loaded only then.
 *
 * What pprof reads is read as pprof reads it: goroutine dumps with debug=1 are addresses, as there.
 */
import { DecodeError, UserError } from '../../base/errors.ts';
import { compressionOf } from '../../formats/compression.ts';
import { decodeLegacy } from '../../formats/legacy.ts';
import { decodePprof } from '../../formats/pprof.ts';
import type { Profile } from '../../profile/profile.ts';
import { unpack } from '../inputs.ts';

export interface DecodedInput {
  readonly profile: Profile;
  /** What of the file is not in the profile, a sentence each. */
  readonly notes: readonly string[];
}

/** Texts above this are of no old format. */
const MAX_LEGACY = 256 * 1024 * 1024;

/** Throws `UserError` and `DecodeError`. `limit` bounds what compressed data unpacks to. */
export async function decodeInput(
  bytes: Uint8Array,
  name: string,
  limit: number,
): Promise<DecodedInput> {
  const plain = unpack(bytes, name, limit, isFamiliar);
  let asPprof: DecodeError;
  try {
    return { profile: decodePprof(plain), notes: [] };
  } catch (error) {
    asPprof = decodeErrorOf(error, name);
  }
  let asLegacy: DecodeError | undefined;
  try {
    const legacy = plain.length > MAX_LEGACY ? undefined : decodeLegacy(plain);
    if (legacy !== undefined) return { profile: legacy, notes: [] };
  } catch (error) {
    asLegacy = decodeErrorOf(error, name);
  }
  if (compressionOf(plain) === 'gzip') throw twice(name);
  return decodeOther(plain, name, asPprof, asLegacy);
}

/** What pprof does not read, or which of its formats the bytes were meant to be. */
async function decodeOther(
  plain: Uint8Array,
  name: string,
  asPprof: DecodeError,
  asLegacy: DecodeError | undefined,
): Promise<DecodedInput> {
  const { sniff } = await import('../../open/sniff.ts');
  const { openProfile } = await import('../../open/open.ts');
  const { known, kind } = sniff(plain);
  if (kind === 'pprof' || kind === 'binary') throw asPprof;
  if (known && (kind === 'legacy' || kind === 'memstats')) throw asLegacy ?? asPprof;
  const asIs = (bytes: Uint8Array) => bytes;
  return openProfile(plain, name, { gunzip: asIs, unzstd: asIs });
}

/** Everything that is read has a byte that is not zero among its first ones; most bombs have none. */
function isFamiliar(beginning: Uint8Array): boolean {
  return beginning.subarray(0, 64).some((byte) => byte !== 0);
}

function twice(name: string): UserError {
  return new UserError(
    'not-recognized',
    `${name} is compressed twice, not a profile: byte 0`,
    'unpack it once: gunzip',
  );
}

/** Errors that are no verdict on the bytes go on; so does memory that ran out, in words. */
function decodeErrorOf(error: unknown, name: string): DecodeError {
  if (error instanceof DecodeError) return error;
  if (error instanceof RangeError && /allocation|length|size/i.test(error.message)) {
    throw new UserError(
      'too-large',
      `Cannot read ${name}: it needs more memory than there is`,
      'take a shorter profile, or more memory: NODE_OPTIONS=--max-old-space-size=16000',
    );
  }
  throw error;
}
