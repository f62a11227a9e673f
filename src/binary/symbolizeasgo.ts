/**
 * Symbolization to the letter of Go's pprof: lines, functions and flags as its symbolizer leaves them.
 *
 * symbolizeOneMapping of Go 1.26's pprof (internal/symbolizer/symbolizer.go): functions are appended
 * even where the profile has equal ones, and one location with lines sets the flags of its whole mapping.
 * symbolize.ts is the one to use where output need not be pprof's.
 */
import type { Mapping, Profile } from '../profile/profile.ts';
import { SymbolAppender } from './append.ts';
import type { ObjectFile } from './objectfile.ts';

/** Gives lines to all locations of the mappings (by their index) that their binary knows. */
export function symbolizeAsGo(profile: Profile, objects: ReadonlyMap<number, ObjectFile>): Profile {
  const { locations } = profile;
  const symbols = new SymbolAppender(profile, false);
  const mappings = [...profile.mappings];
  for (const [index, object] of objects) {
    let mapping = mappings[index];
    for (let location = 0; location < locations.length; location++) {
      if (locations.mapping[location] !== index || mapping === undefined) continue;
      const frames = object.framesAt(locations.address[location] ?? 0n);
      if (frames.length === 0) continue;
      symbols.replace(location, frames);
      mapping = flagged(mapping, frames);
    }
    if (mapping !== undefined) mappings[index] = mapping;
  }
  return symbols.finishWith(mappings);
}

function flagged(
  mapping: Mapping,
  frames: readonly { name: string; file: string; line: number }[],
): Mapping {
  const any = (test: (frame: { name: string; file: string; line: number }) => boolean) =>
    frames.some(test);
  const isComplete =
    mapping.hasFunctions &&
    mapping.hasFilenames &&
    mapping.hasLineNumbers &&
    mapping.hasInlineFrames;
  if (isComplete) return mapping;
  return {
    ...mapping,
    hasFunctions: mapping.hasFunctions || any(({ name }) => name !== ''),
    hasFilenames: mapping.hasFilenames || any(({ file }) => file !== ''),
    hasLineNumbers: mapping.hasLineNumbers || any(({ line }) => line !== 0),
    hasInlineFrames: true,
  };
}
