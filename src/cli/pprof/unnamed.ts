/** Which mappings of a profile lack names. Small, so that profiles that have theirs load no more than this. */
import type { Mapping, Profile } from '../../profile/profile.ts';

/** Whether local symbolization has anything to do, or to say. */
export function hasUnnamed(profile: Profile, force: boolean): boolean {
  if (!profile.mappings.some((mapping) => lacksNames(mapping, force))) return false;
  const used = usedMappings(profile);
  return profile.mappings.some((mapping, index) => used.has(index) && lacksNames(mapping, force));
}

/** A mapping with names is left as it is, unless that is forced. */
export function lacksNames(mapping: Mapping, force: boolean): boolean {
  return force || !(mapping.hasFunctions || mapping.hasFilenames || mapping.hasLineNumbers);
}

/** Mappings of locations that could be looked up: those with an address, or without names. */
export function usedMappings({ locations }: Profile): Set<number> {
  const used = new Set<number>();
  for (let location = 0; location < locations.length; location++) {
    const isNamed = locations.lineStart[location] !== locations.lineStart[location + 1];
    if (isNamed && locations.address[location] === 0n) continue;
    used.add(locations.mapping[location] ?? -1);
  }
  return used;
}
