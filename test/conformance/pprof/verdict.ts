/** What our decoder makes of some bytes, in the form of the reference's verdicts. */
import { createHash } from 'node:crypto';
import { DecodeError } from '../../../src/base/errors.ts';
import { decodePprof } from '../../../src/formats/pprof.ts';
import type { Profile } from '../../../src/profile/profile.ts';
import { brokenInvariant } from '../../../src/profile/validate.ts';
import { canonicalText } from './canonical.ts';
import type { Verdict } from './reference.ts';

/** The verdict on a profile that was decoded, or made. */
export function accepted(profile: Profile): Verdict {
  const broken = brokenInvariant(profile);
  if (broken !== undefined) throw new Error(`invariant does not hold: ${broken}`);
  const hash = createHash('sha256').update(canonicalText(profile));
  return { accepted: true, detail: hash.digest('hex') };
}

/** Accepted with the hash of the canonical text, or refused. Anything but a DecodeError is thrown. */
export function ourVerdict(bytes: Uint8Array): Verdict {
  try {
    return accepted(decodePprof(bytes));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { accepted: false, detail: error.message };
  }
}

/** A verdict without the wording of refusals, which differs. */
export function outcome(verdict: Verdict | undefined): string {
  return verdict?.accepted === true ? verdict.detail : 'refused';
}
