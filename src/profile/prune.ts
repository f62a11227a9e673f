/**
 * Pruning: cutting uninteresting frames off the leaf side of stacks.
 *
 * Meaning of pprof's Prune, PruneFrom and RemoveUninteresting (profile/prune.go of Go 1.26). A
 * profile may name such frames itself (drop_frames, keep_frames); pprof applies that to all reports.
 */
import type { Profile } from './profile.ts';
import { compileMatcher, type Matcher } from './regexp.ts';
import { rewriteStacks, withLines } from './rewrite.ts';

/** Function name without its argument list, as pprof matches it. */
function simplify(name: string): string {
  const bare = name.startsWith('.') ? name.slice(1) : name;
  for (const match of bare.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g)) {
    if (match[0] === '(') return bare.slice(0, match.index);
  }
  return bare;
}

/** Name of a line's function, simplified; '' when unknown. */
function lineName(profile: Profile, line: number): string {
  const fn = profile.locations.lineFunction[line] ?? -1;
  return fn < 0 ? '' : simplify(profile.strings[profile.functions.name[fn] ?? 0] ?? '');
}

/** Applies the profile's own drop_frames and keep_frames. Throws `UserError` when they do not parse. */
export function dropUninteresting(profile: Profile): Profile {
  if (profile.dropFrames === '') return profile;
  const drop = compileMatcher(`^(${profile.dropFrames})$`, 'drop_frames');
  const keep =
    profile.keepFrames === ''
      ? undefined
      : compileMatcher(`^(${profile.keepFrames})$`, 'keep_frames');
  return prune(profile, drop, keep);
}

/** Removes every frame that matches `drop` and not `keep`, with all beneath it. */
export function prune(profile: Profile, drop: Matcher, keep: Matcher | undefined): Profile {
  const { locations, stacks } = profile;
  /** 1 = cut beneath this location, 2 = and take it out as well. */
  const verdict = new Uint8Array(locations.length);
  const lines: (number[] | undefined)[] = [];
  for (let location = 0; location < locations.length; location++) {
    const from = locations.lineStart[location] ?? 0;
    const to = locations.lineStart[location + 1] ?? 0;
    lines.push(undefined);
    for (let line = to - 1; line >= from; line--) {
      const name = lineName(profile, line);
      if (name === '' || !drop(name) || keep?.(name) === true) continue;
      verdict[location] = line === to - 1 ? 2 : 1;
      if (line < to - 1) {
        lines[location] = Array.from({ length: to - line - 1 }, (_, i) => line + 1 + i);
      }
      break;
    }
  }
  const cut = rewriteStacks(profile, (from, to, emit) => {
    // Nothing is cut before the first frame that stays, lest everything be.
    let foundUser = false;
    let first = from;
    for (let i = to - 1; i >= from; i--) {
      const cutHere = verdict[stacks.locations[i] ?? 0] ?? 0;
      if (cutHere === 0) foundUser = true;
      else if (foundUser) {
        first = cutHere === 2 ? i + 1 : i;
        break;
      }
    }
    for (let i = first; i < to; i++) emit(stacks.locations[i] ?? 0);
  });
  return { ...cut, locations: withLines(locations, lines) };
}

/** Removes all frames beneath the innermost match, which stays. */
export function pruneFrom(profile: Profile, drop: Matcher): Profile {
  const { locations, stacks } = profile;
  const matching = new Uint8Array(locations.length);
  const lines: (number[] | undefined)[] = [];
  for (let location = 0; location < locations.length; location++) {
    const to = locations.lineStart[location + 1] ?? 0;
    const from = locations.lineStart[location] ?? 0;
    lines.push(undefined);
    for (let line = from; line < to; line++) {
      const name = lineName(profile, line);
      if (name === '' || !drop(name)) continue;
      matching[location] = 1;
      if (line > from) lines[location] = Array.from({ length: to - line }, (_, i) => line + i);
      break;
    }
  }
  const cut = rewriteStacks(profile, (from, to, emit) => {
    let first = from;
    while (first < to && matching[stacks.locations[first] ?? 0] === 0) first++;
    for (let i = first < to ? first : from; i < to; i++) emit(stacks.locations[i] ?? 0);
  });
  return { ...cut, locations: withLines(locations, lines) };
}
