/**
 * Filters: which samples are kept, and which frames of them are shown.
 *
 * Meaning of pprof's options of the same names (profile/filter.go, internal/driver/driver_focus.go
 * of Go 1.26): expressions are RE2 and match function names, file names and mapping names. Cost: the
 * expressions run once per distinct name, then one pass over the samples.
 */
import type { Profile } from './profile.ts';
import { pruneFrom } from './prune.ts';
import { compileMatcher, type Matcher } from './regexp.ts';
import { keepSamples, rewriteStacks, withLines } from './rewrite.ts';
import { filterLabelKeys, labelMatcher, tagFilter } from './tagfilter.ts';

export interface ProfileFilter {
  /** Keep samples with a frame that matches. */
  readonly focus?: string;
  /** Drop samples with a frame that matches. */
  readonly ignore?: string;
  /** Take matching frames out of the stacks. */
  readonly hide?: string;
  /** Leave only matching frames in the stacks. */
  readonly show?: string;
  /** Drop the frames above (callers of) the outermost match, and samples without one. */
  readonly showFrom?: string;
  /** Drop the frames below (callees of) the innermost match. */
  readonly pruneFrom?: string;
  /** Keep or drop samples by label: `regexp`, `key=regexp,regexp`, or a range like `1kb:2mb`. */
  readonly tagFocus?: string;
  readonly tagIgnore?: string;
  /** Keep or remove labels by key. */
  readonly tagShow?: string;
  readonly tagHide?: string;
  /** Keep samples that have all of these labels, exactly. A number is compared as printed. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Which of the given expressions matched anything; pprof warns about the others. */
export type FilterMatches = { readonly [Key in keyof ProfileFilter]?: boolean };

/** Applies a filter. Throws `UserError` for an expression that cannot be parsed. */
export function filterProfile(profile: Profile, filter: ProfileFilter): Profile {
  return filterProfileReporting(profile, filter).profile;
}

/** Applies a filter and tells which expressions matched. */
export function filterProfileReporting(
  profile: Profile,
  filter: ProfileFilter,
): { profile: Profile; matches: FilterMatches } {
  const matches: { -readonly [Key in keyof ProfileFilter]?: boolean } = {};
  let result = filterByName(profile, filter, matches);
  if (filter.showFrom) {
    const shown = showFrom(result, compileMatcher(filter.showFrom, 'show_from'));
    result = shown.profile;
    matches.showFrom = shown.matched;
  }
  for (const which of ['tagFocus', 'tagIgnore'] as const) {
    const expression = filter[which];
    if (!expression) continue;
    const test = tagFilter(result, expression, which === 'tagFocus' ? 'tagfocus' : 'tagignore');
    matches[which] = test.some((match) => match === 1);
    result = keepSamples(result, (row) => {
      const match = test[result.samples.labelSet[row] ?? 0] === 1;
      return match === (which === 'tagFocus');
    });
  }
  if (filter.labels !== undefined && Object.keys(filter.labels).length > 0) {
    const test = labelMatcher(result, filter.labels);
    result = keepSamples(result, (row) => test[result.samples.labelSet[row] ?? 0] === 1);
    matches.labels = result.samples.length > 0;
  }
  if (filter.tagShow || filter.tagHide) result = filterLabelKeys(result, filter, matches);
  if (filter.pruneFrom) result = pruneFrom(result, compileMatcher(filter.pruneFrom, 'prune_from'));
  return { profile: result, matches };
}

/** What a filter says about one location. */
interface LocationVerdict {
  focused: boolean;
  ignored: boolean;
  hidden: boolean;
  /** Lines that stay; undefined = all. */
  lines: number[] | undefined;
}

function filterByName(
  profile: Profile,
  filter: ProfileFilter,
  matches: { -readonly [Key in keyof ProfileFilter]?: boolean },
): Profile {
  const compiled = {
    focus: filter.focus ? compileMatcher(filter.focus, 'focus') : undefined,
    ignore: filter.ignore ? compileMatcher(filter.ignore, 'ignore') : undefined,
    hide: filter.hide ? compileMatcher(filter.hide, 'hide') : undefined,
    show: filter.show ? compileMatcher(filter.show, 'show') : undefined,
  };
  if (Object.values(compiled).every((matcher) => matcher === undefined)) return profile;
  for (const name of ['focus', 'ignore', 'hide', 'show'] as const) {
    if (compiled[name] !== undefined) matches[name] = false;
  }
  const { length } = profile.locations;
  const focused = new Uint8Array(length);
  const ignored = new Uint8Array(length);
  const hidden = new Uint8Array(length);
  const lines: (number[] | undefined)[] = [];
  for (let location = 0; location < length; location++) {
    const verdict = judge(profile, location, compiled, matches);
    focused[location] = verdict.focused ? 1 : 0;
    ignored[location] = verdict.ignored ? 1 : 0;
    hidden[location] = verdict.hidden ? 1 : 0;
    lines.push(verdict.lines);
  }
  const { start, locations } = profile.stacks;
  const stackKept = new Uint8Array(profile.stacks.length);
  const cut = rewriteStacks(profile, (from, to, emit) => {
    for (let i = from; i < to; i++) if (hidden[locations[i] ?? 0] === 0) emit(locations[i] ?? 0);
  });
  for (let stack = 0; stack < stackKept.length; stack++) {
    let focus = false;
    let drop = false;
    for (let i = start[stack] ?? 0; i < (start[stack + 1] ?? 0) && !drop; i++) {
      const location = locations[i] ?? 0;
      drop = ignored[location] === 1;
      focus ||= focused[location] === 1;
    }
    const emptied =
      cut.stacks.start[stack] === cut.stacks.start[stack + 1] && start[stack] !== start[stack + 1];
    stackKept[stack] = focus && !drop && !emptied ? 1 : 0;
  }
  const shown = { ...cut, locations: withLines(profile.locations, lines) };
  return keepSamples(shown, (row) => stackKept[profile.samples.stack[row] ?? 0] === 1);
}

interface NameMatchers {
  readonly focus: Matcher | undefined;
  readonly ignore: Matcher | undefined;
  readonly hide: Matcher | undefined;
  readonly show: Matcher | undefined;
}

function judge(
  profile: Profile,
  location: number,
  matchers: NameMatchers,
  matches: { -readonly [Key in keyof ProfileFilter]?: boolean },
): LocationVerdict {
  const { focus, ignore, hide, show } = matchers;
  const verdict: LocationVerdict = {
    focused: false,
    ignored: false,
    hidden: false,
    lines: undefined,
  };
  if (ignore !== undefined && locationMatches(profile, location, ignore)) {
    verdict.ignored = true;
    matches.ignore = true;
  } else if (focus === undefined || locationMatches(profile, location, focus)) {
    verdict.focused = true;
    if (focus !== undefined) matches.focus = true;
  }
  const from = profile.locations.lineStart[location] ?? 0;
  const to = profile.locations.lineStart[location + 1] ?? 0;
  let lines = Array.from({ length: to - from }, (_, i) => from + i);
  if (hide !== undefined && locationMatches(profile, location, hide)) {
    matches.hide = true;
    const all = mappingMatches(profile, location, hide);
    lines = all ? [] : lines.filter((line) => !lineMatches(profile, line, hide, false));
    if (lines.length === 0) verdict.hidden = true;
  }
  if (show !== undefined) {
    // A line without a function cannot fail to match.
    if (!mappingMatches(profile, location, show)) {
      lines = lines.filter((line) => lineMatches(profile, line, show, true));
    }
    if (lines.length === 0) verdict.hidden = true;
    else matches.show = true;
  }
  if (lines.length < to - from) verdict.lines = lines;
  return verdict;
}

/** Whether the mapping's file matches. */
function mappingMatches(profile: Profile, location: number, matcher: Matcher): boolean {
  const mapping = profile.mappings[profile.locations.mapping[location] ?? -1];
  return mapping !== undefined && matcher(mapping.file);
}

/** Whether a line's function name or file matches; `unknown` when it has no function. */
function lineMatches(profile: Profile, line: number, matcher: Matcher, unknown: boolean): boolean {
  const { functions, strings } = profile;
  const fn = profile.locations.lineFunction[line] ?? -1;
  if (fn < 0) return unknown;
  return (
    matcher(strings[functions.name[fn] ?? 0] ?? '') ||
    matcher(strings[functions.filename[fn] ?? 0] ?? '')
  );
}

/** Whether any function name, file name or the mapping's file of a location matches. */
function locationMatches(profile: Profile, location: number, matcher: Matcher): boolean {
  const to = profile.locations.lineStart[location + 1] ?? 0;
  for (let line = profile.locations.lineStart[location] ?? 0; line < to; line++) {
    if (lineMatches(profile, line, matcher, false)) return true;
  }
  return mappingMatches(profile, location, matcher);
}

/** Drops the frames above the outermost match, and samples without a match. */
function showFrom(profile: Profile, matcher: Matcher): { profile: Profile; matched: boolean } {
  const { locations, stacks, samples } = profile;
  const matching = new Uint8Array(locations.length);
  const lines: (number[] | undefined)[] = [];
  for (let location = 0; location < locations.length; location++) {
    const from = locations.lineStart[location] ?? 0;
    const to = locations.lineStart[location + 1] ?? 0;
    lines.push(undefined);
    if (mappingMatches(profile, location, matcher)) {
      matching[location] = 1;
      continue;
    }
    for (let line = to - 1; line >= from; line--) {
      if (!lineMatches(profile, line, matcher, false)) continue;
      matching[location] = 1;
      lines[location] = Array.from({ length: line + 1 - from }, (_, i) => from + i);
      break;
    }
  }
  const keep = new Uint8Array(stacks.length);
  let stack = 0;
  const cut = rewriteStacks(profile, (from, to, emit) => {
    let last = to - 1;
    while (last >= from && matching[stacks.locations[last] ?? 0] === 0) last--;
    for (let i = from; i <= last; i++) emit(stacks.locations[i] ?? 0);
    keep[stack++] = last >= from ? 1 : 0;
  });
  const shown = { ...cut, locations: withLines(locations, lines) };
  return {
    profile: keepSamples(shown, (row) => keep[samples.stack[row] ?? 0] === 1),
    matched: matching.includes(1),
  };
}
