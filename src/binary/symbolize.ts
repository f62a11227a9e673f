/**
 * Fills in functions, files and lines of a profile that carries addresses only, from the binary.
 *
 * Replaces the lines of locations, never stacks: inlined frames become several lines of the same
 * location, as Go's own profiles have them. Addresses in a profile are those of the instruction
 * itself (profile.proto, Location.address: callers' addresses are already moved back into the
 * call), so they are looked up as they are. Nothing is guessed: a mapping of another build is left
 * alone, and what could not be resolved is counted. Cost: one lookup for each location without
 * lines, none for each sample.
 */
import { DecodeError } from '../base/errors.ts';
import type { Profile } from '../profile/profile.ts';
import { addressInFile } from './address.ts';
import { SymbolAppender } from './append.ts';
import type { Executable } from './executable.ts';
import type { Frame } from './inlining.ts';

/** What symbolization needs of a binary, as `GoBinary` has it. Addresses are those in the file. */
export interface FrameSource {
  readonly file: Executable;
  /** Innermost first; empty when the address is in no known function. */
  framesAt(address: number): readonly Frame[];
  /** The physical function, with the line of the innermost call. */
  lineAt(address: number): Frame | undefined;
}

export interface SymbolizeOptions {
  /** Replace lines that are there already, too (`-symbolize=force`). */
  readonly force?: boolean;
  /**
   * False gives what `go tool pprof` gives: one line for each location, which names the physical
   * function and the line of the innermost call.
   */
  readonly inlined?: boolean;
  /** Which mappings are of this binary. By default see `mappingsOf`. */
  readonly mappings?: readonly number[];
}

export interface Symbolization {
  readonly profile: Profile;
  /** Locations of the binary's mappings that were given lines. */
  readonly filled: number;
  /** Locations without lines whose address is in no function that the binary knows. */
  readonly unknown: number;
  /** Locations that broken tables gave no answer for, and the first reason ('' = none). */
  readonly damaged: number;
  readonly damage: string;
  /** Mappings that carry another build id than the binary. */
  readonly otherBuilds: readonly number[];
}

/** As `symbolizeCounting`, when only the profile matters. */
export function symbolize(
  profile: Profile,
  binary: FrameSource,
  options: SymbolizeOptions = {},
): Profile {
  return symbolizeCounting(profile, binary, options).profile;
}

/** Gives lines to the locations without lines (all with `force`) in the mappings of the binary. */
export function symbolizeCounting(
  profile: Profile,
  binary: FrameSource,
  options: SymbolizeOptions = {},
): Symbolization {
  const { own, otherBuilds } = mappingsOf(profile, binary.file);
  const mappings = new Set(options.mappings ?? own);
  const isFlat = options.inlined === false;
  const { locations } = profile;
  const symbols = new SymbolAppender(profile);
  const inlined = new Map<number, readonly Frame[]>();
  const count = { filled: 0, unknown: 0, damaged: 0, damage: '' };
  for (let location = 0; location < locations.length; location++) {
    const mapping = locations.mapping[location] ?? -1;
    if (!mappings.has(mapping)) continue;
    const isBare = locations.lineStart[location] === locations.lineStart[location + 1];
    if (!isBare && options.force !== true) continue;
    const address = locations.address[location] ?? 0n;
    const inFile = addressInFile(binary.file, profile.mappings[mapping], address);
    const frames = inFile === undefined ? [] : lookUp(binary, inFile, isFlat, count);
    if (frames === undefined) continue;
    if (frames.length === 0) {
      count.unknown++;
      continue;
    }
    symbols.replace(location, frames);
    if (frames.length > 1) inlined.set(location, frames);
    count.filled++;
  }
  cutRepeated(profile, binary.file, inlined, symbols);
  return { profile: symbols.finish(!isFlat), ...count, otherBuilds };
}

/**
 * The mappings that are of this binary: those with its build id; without build ids the first, which
 * is the main program by pprof's convention; -1, no mapping, when the profile has none at all.
 * `otherBuilds` are those that would be meant but carry another build id.
 */
export function mappingsOf(
  profile: Profile,
  file: Executable,
): { own: readonly number[]; otherBuilds: readonly number[] } {
  if (profile.mappings.length === 0) return { own: [-1], otherBuilds: [] };
  const own: number[] = [];
  const otherBuilds: number[] = [];
  profile.mappings.forEach((mapping, index) => {
    // Only ELF's build id is what the runtime writes into profiles.
    const comparable = file.format === 'ELF' && file.linkerId !== '' && mapping.buildId !== '';
    if (comparable) {
      if (mapping.buildId === file.linkerId) own.push(index);
      else if (index === 0) otherBuilds.push(index);
    } else if (index === 0) {
      own.push(index);
    }
  });
  return { own, otherBuilds };
}

/** Undefined when broken tables gave no answer, which is counted. */
function lookUp(
  binary: FrameSource,
  address: number,
  isFlat: boolean,
  count: { damaged: number; damage: string },
): readonly Frame[] | undefined {
  try {
    if (!isFlat) return binary.framesAt(address);
    const frame = binary.lineAt(address);
    // pprof gives no first lines of functions here.
    return frame === undefined ? [] : [{ ...frame, startLine: 0 }];
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    count.damaged++;
    count.damage ||= error.message;
    return undefined;
  }
}

/**
 * The runtime writes an inlined caller as a location of its own when a function was inlined into
 * itself, and before Go 1.19 now and then besides (runtime/pprof, pcDeck.tryAdd). Its address is that
 * of the call's mark, where no real call can be. Such frames stand in the stack already, so they are
 * taken off the location before.
 */
function cutRepeated(
  profile: Profile,
  file: Executable,
  inlined: ReadonlyMap<number, readonly Frame[]>,
  symbols: SymbolAppender,
): void {
  if (inlined.size === 0) return;
  const { locations, stacks } = profile;
  const isInlined = new Uint8Array(locations.length);
  for (const location of inlined.keys()) isInlined[location] = 1;
  const addresses = Float64Array.from(locations.address, (address, location) => {
    const mapping = profile.mappings[locations.mapping[location] ?? -1];
    return addressInFile(file, mapping, address) ?? -1;
  });
  for (let stack = 0; stack < stacks.length; stack++) {
    const last = (stacks.start[stack + 1] ?? 0) - 1;
    for (let i = stacks.start[stack] ?? 0; i < last; i++) {
      const location = stacks.locations[i] ?? 0;
      if (isInlined[location] !== 1) continue;
      const caller = addresses[stacks.locations[i + 1] ?? 0] ?? -1;
      const frames = inlined.get(location) ?? [];
      const repeated = frames.findIndex((frame, depth) => depth > 0 && frame.address === caller);
      if (repeated > 0) symbols.replace(location, frames.slice(0, repeated));
    }
  }
}
