/** Which sample type an option names (profile.SampleIndexByName of Go 1.26's pprof). */
import { defaultSampleIndex, type Profile } from '../../profile/profile.ts';

/** The column, or why there is none: names, numbers, and `inuse_` left out for older profiles. */
export function sampleIndexByName(profile: Profile, name: string): number | string {
  const types = profile.sampleTypes.map(({ type }) => type);
  if (name === '') return defaultSampleIndex(profile);
  if (/^[+-]?[0-9]+$/.test(name)) {
    const index = Number(name);
    if (index >= 0 && index < types.length) return index;
    return `sample_index ${name} is outside the range [0..${types.length - 1}]`;
  }
  const shorter = name.replace(/^inuse_/, '');
  const index = types.findIndex((type) => type === name || type === shorter);
  return index >= 0
    ? index
    : `sample_index ${JSON.stringify(name)} must be one of: [${types.join(' ')}]`;
}
