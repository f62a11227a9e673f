/**
 * Code without names: stacks that end in bare addresses, by how much of the value they hold.
 *
 * Go's runtime names its own functions when it writes a profile. What stays without a name is C code,
 * a stripped or missing binary, or a file of another profiler.
 */
import { formatShare } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

const NOTICEABLE = 0.01;

export function unsymbolized(reading: Reading): Note | undefined {
  const { locations, stacks, mappings } = reading.profile;
  const nameless = new Uint8Array(locations.length);
  const files = new Map<string, number>();
  let count = 0;
  for (let location = 0; location < locations.length; location++) {
    if ((locations.lineStart[location + 1] ?? 0) > (locations.lineStart[location] ?? 0)) continue;
    nameless[location] = 1;
    count += 1;
    const file = mappings[locations.mapping[location] ?? -1]?.file || 'no known file';
    files.set(file, (files.get(file) ?? 0) + 1);
  }
  if (count === 0) return undefined;
  const value = reading.valueWhere((stack) => {
    for (let at = stacks.start[stack] ?? 0; at < (stacks.start[stack + 1] ?? 0); at++) {
      if (nameless[stacks.locations[at] ?? 0] === 1) return true;
    }
    return false;
  });
  const share = reading.share(value);
  if (share === 0) return undefined;
  const most = [...files].sort((a, b) => b[1] - a[1]).slice(0, 3);
  return {
    id: 'unsymbolized',
    level: share < NOTICEABLE ? 'fact' : 'caution',
    text: `${formatShare(share)} of this passes through code without names. Give the binary before the profile (whygo pprof BINARY FILE), or fetch from the process, and they are named.`,
    evidence: [
      `${count} of ${locations.length} addresses have no function`,
      ...most.map(([file, of]) => `${of} in ${file}`),
    ],
    source: 'profile.proto, Location.line',
  };
}
