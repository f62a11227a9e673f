/**
 * Which of Go's profiles a file holds, by its sample types: `cpu`, `heap`, `block`, ….
 *
 * The name under which net/http/pprof serves it. Block and mutex profiles have the same sample types:
 * there the file's name decides, else where the stacks end.
 */
import type { Profile } from '../../profile/profile.ts';

/** Waits and the unlocks that end them. */
function contentionKind(profile: Profile, name: string): string {
  if (/mutex/i.test(name)) return 'mutex';
  if (/block/i.test(name)) return 'block';
  const { strings, functions } = profile;
  const isWait = /^(runtime\.(chan(send|recv)|selectgo)|sync\.\(\*(WaitGroup|Cond)\)\.Wait)/;
  for (let fn = 0; fn < functions.length; fn++) {
    if (isWait.test(strings[functions.name[fn] ?? 0] ?? '')) return 'block';
  }
  const hasUnlock = strings.some((text) => /^sync\.\(\*(RW)?Mutex\)\.R?Unlock/.test(text));
  return hasUnlock ? 'mutex' : 'block';
}

/** `name` is the file's name or ''. A custom profile has the name of its last sample type. */
export function profileKind(profile: Profile, name: string): string {
  const names = profile.sampleTypes.map(({ type }) => type);
  if (names.includes('cpu')) return 'cpu';
  if (names.includes('contentions')) return contentionKind(profile, name);
  if (names.includes('inuse_space')) {
    return profile.defaultSampleType.startsWith('alloc') ? 'allocs' : 'heap';
  }
  // fgprof and its like: the time of all goroutines, running or not.
  if (profile.periodType?.type === 'wallclock') return 'wall';
  return names.at(-1) ?? 'profile';
}
