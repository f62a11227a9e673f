/**
 * Goroutine profiles by the user's line and the function that the goroutine began in.
 *
 * Reads and names; whether a group leaks is for the rules to say.
 */
import type { Profile } from '../profile/profile.ts';
import type { Place } from './finding.ts';
import { type Frame, placeOf, placesFrom, siteIndex } from './frames.ts';
import type { Capture } from './observation.ts';
import { type WaitKind, waitOf, waitOfState } from './waits.ts';
import type { ObservedWindow } from './window.ts';

export interface GoroutineGroup {
  /** The line and the first function, as one string. */
  readonly key: string;
  readonly counts: Float64Array;
  readonly stack: readonly Frame[];
  /** Index of the user's line, or of the library's outermost; -1 = runtime only. */
  readonly siteAt: number;
  readonly wait: WaitKind;
}

/** One count for each capture. */
export function readGroups(window: ObservedWindow, captures: readonly Capture[]): GoroutineGroup[] {
  const groups = new Map<string, GoroutineGroup>();
  captures.forEach(({ profile }, index) => {
    window.book.framesOf(profile).forEachSample([0], (stack, values, sample) => {
      const siteAt = waitSite(stack);
      const site = stack[siteAt] ?? stack[0];
      const root = rootOf(stack);
      const wait = waitOfState(stateOf(profile, sample)) ?? waitOf(stack);
      const key = `${site?.function}:${site?.file}:${site?.line}\0${root?.function}\0${wait}`;
      let group = groups.get(key);
      if (group === undefined) {
        const counts = new Float64Array(captures.length);
        group = { key, counts, stack: [...stack], siteAt, wait };
        groups.set(key, group);
      }
      group.counts[index] = (group.counts[index] ?? 0) + (values[0] ?? 0);
    });
  });
  return [...groups.values()];
}

/** The label that profiles of dumps have: their stacks leave out the runtime's frames. */
function stateOf({ labelSets, samples, strings }: Profile, sample: number): string {
  const set = samples.labelSet[sample] ?? 0;
  const end = labelSets.start[set + 1] ?? 0;
  for (let i = labelSets.start[set] ?? 0; i < end; i++) {
    if (strings[labelSets.key[i] ?? 0] === 'state') return strings[labelSets.str[i] ?? 0] ?? '';
  }
  return '';
}

/** Index of the user's line; without one, of the library function that the goroutine began in. */
function waitSite(stack: readonly Frame[]): number {
  const siteAt = siteIndex(stack);
  const origin = stack[siteAt]?.origin;
  if (origin === 'own' || origin === 'dependency') return siteAt;
  return stack.findLastIndex((f) => f.origin === 'standard');
}

/** The function that the goroutine began in. */
export function rootOf(stack: readonly Frame[]): Frame | undefined {
  return stack.findLast((f) => f.function !== 'runtime.goexit');
}

/**
 * The line that waits, then the function with the go statement where the name of a closure tells
 * it.
 */
export function groupPlaces(group: GoroutineGroup, profile: Profile | undefined): Place[] {
  const { stack, siteAt } = group;
  const root = rootOf(stack);
  if (siteAt < 0) return root === undefined ? [] : [placeOf(root)];
  const found = placesFrom(stack, siteAt, 2);
  const creator = root === undefined ? undefined : creatorOf(root, profile);
  if (creator !== undefined && !found.some((p) => p.function === creator.function)) {
    found.splice(1, 0, creator);
  }
  return found;
}

/**
 * `main.first` of `main.first.func1` or `main.first.gowrap1`, at the line where the closure begins.
 */
function creatorOf(root: Frame, profile: Profile | undefined): Place | undefined {
  const name = root.function.replace(/(\.(func|gowrap|deferwrap)?\d+|-range\d+)+$/, '');
  if (name === root.function || root.origin !== 'own') return undefined;
  return { function: name, file: root.file, line: startLineOf(profile, root.function) };
}

function startLineOf(profile: Profile | undefined, fn: string): number {
  if (profile === undefined) return 0;
  const { functions, strings } = profile;
  for (let i = 0; i < functions.length; i++) {
    if (strings[functions.name[i] ?? 0] === fn) return functions.startLine[i] ?? 0;
  }
  return 0;
}
