/** One decoder for each format that holds a profile. Not a sniffer: it is told the format. */
import { DecodeError } from '../base/errors.ts';
import { decodeBpftrace } from '../formats/bpftrace.ts';
import { decodeChromeTrace } from '../formats/chrometrace.ts';
import { decodeCpuProfile } from '../formats/cpuprofile.ts';
import { withCommentNames } from '../formats/debugnames.ts';
import { decodeFolded } from '../formats/folded.ts';
import { type Imported, textOf } from '../formats/imported.ts';
import { decodeLegacy } from '../formats/legacy.ts';
import { decodePerfScript, type PerfScriptOptions } from '../formats/perfscript.ts';
import { decodePprof } from '../formats/pprof.ts';
import { decodeSpeedscope } from '../formats/speedscope.ts';
import { parseGoroutineDump } from '../goroutines/parse.ts';
import { goroutineProfile } from '../goroutines/profile.ts';
import type { Profile } from '../profile/profile.ts';

export type ProfileFormat =
  | 'pprof'
  | 'legacy'
  | 'folded'
  | 'speedscope'
  | 'perf-script'
  | 'bpftrace'
  | 'cpuprofile'
  | 'chrome-trace'
  | 'goroutines';

export interface OpenedProfile {
  readonly kind: 'profile';
  readonly format: ProfileFormat;
  readonly profile: Profile;
  /** What of the file is not in the profile, a sentence each. */
  readonly notes: readonly string[];
}

export interface ReadOptions extends PerfScriptOptions {
  /** Names from the comments of Go's text profiles (debug=1), which pprof leaves aside. */
  readonly commentNames?: boolean;
}

/** Throws `DecodeError`. */
export function decodeAs(
  format: ProfileFormat,
  bytes: Uint8Array,
  options: ReadOptions = {},
): OpenedProfile {
  switch (format) {
    case 'pprof':
      return exact(format, decodePprof(bytes));
    case 'legacy':
      return exact(format, legacyProfile(bytes, options));
    case 'folded':
      return exact(format, decodeFolded(textOf(bytes, 'folded stacks')));
    case 'speedscope':
      return imported(format, decodeSpeedscope(bytes));
    case 'perf-script':
      return imported(format, decodePerfScript(bytes, options));
    case 'bpftrace':
      return imported(format, decodeBpftrace(bytes));
    case 'cpuprofile':
      return imported(format, decodeCpuProfile(bytes));
    case 'chrome-trace':
      return imported(format, decodeChromeTrace(bytes));
    case 'goroutines':
      return profileOfDump(bytes);
  }
}

export function profileOfDump(bytes: Uint8Array): OpenedProfile {
  return imported('goroutines', goroutineProfile(parseGoroutineDump(bytes)));
}

function legacyProfile(bytes: Uint8Array, { commentNames = true }: ReadOptions): Profile {
  const profile = decodeLegacy(bytes);
  if (profile === undefined) {
    throw new DecodeError('legacy profile', 0, 'it begins like one, and goes on as none');
  }
  return commentNames ? withCommentNames(profile, textOf(bytes, 'legacy profile')) : profile;
}

function exact(format: ProfileFormat, profile: Profile): OpenedProfile {
  return { kind: 'profile', format, profile, notes: [] };
}

function imported(format: ProfileFormat, { profile, notes }: Imported): OpenedProfile {
  return { kind: 'profile', format, profile, notes };
}
