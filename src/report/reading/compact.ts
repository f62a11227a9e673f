/**
 * A profile with what pictures and tables need, and nothing else: for files that are sent around.
 *
 * Addresses of code that has a name are dropped, so that the locations of a line become one, and
 * samples of equal lines and labels are added up. Nothing that is drawn changes; machine code cannot
 * be found any more. Cost: one merge.
 */
import { mergeProfiles } from '../../profile/merge.ts';
import type { Profile } from '../../profile/profile.ts';

export function compactProfile(profile: Profile): Profile {
  const { locations } = profile;
  const address = locations.address.slice();
  for (let location = 0; location < locations.length; location++) {
    const hasName = (locations.lineStart[location + 1] ?? 0) > (locations.lineStart[location] ?? 0);
    if (hasName) address[location] = 0n;
  }
  return mergeProfiles([{ ...profile, locations: { ...locations, address } }]);
}
