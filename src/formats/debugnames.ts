/**
 * Go's text profiles (debug=1) with their names: heap, allocs, block, mutex, threadcreate.
 *
 * pprof reads the addresses of these files and passes over the comments beside them, which hold
 * `#\t0x67411c\tmain.leak+0x3c\tmain.go:89` for each frame, inlined ones included (printStackRecord of
 * Go's runtime/pprof). This puts them back into a profile that decodeLegacy read. Functions of the
 * runtime at a stack's top have no comment, and keep their addresses.
 */
import type { Profile } from '../profile/profile.ts';

const NAMED = /^#\t0x([0-9a-f]{1,16})\t+([^\t\n]+?)\+0x[0-9a-f]+\t+([^\t\n]*):(\d{1,9})$/gm;
const MAX_LINES = 1024;

interface Line {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** The same profile where the text has no names. */
export function withCommentNames(profile: Profile, text: string): Profile {
  const named = namesOf(text);
  if (named.size === 0) return profile;
  const strings = [...profile.strings];
  const indexOf = new Map(strings.map((string, i) => [string, i]));
  const string = (value: string): number => {
    let index = indexOf.get(value);
    if (index === undefined) {
      index = strings.push(value) - 1;
      indexOf.set(value, index);
    }
    return index;
  };
  const functions = new Map<string, number>();
  const names: number[] = [];
  const files: number[] = [];
  const functionOf = ({ name, file }: Line): number => {
    const key = `${name}\0${file}`;
    let index = functions.get(key);
    if (index === undefined) {
      index = functions.size;
      functions.set(key, index);
      names.push(string(name));
      files.push(string(file));
    }
    return index;
  };
  const { locations } = profile;
  const lineStart = new Uint32Array(locations.length + 1);
  const lineFunction: number[] = [];
  const lineNumber: number[] = [];
  for (let i = 0; i < locations.length; i++) {
    for (const line of named.get(locations.address[i] ?? 0n) ?? []) {
      lineFunction.push(functionOf(line));
      lineNumber.push(line.line);
    }
    lineStart[i + 1] = lineFunction.length;
  }
  return {
    ...profile,
    strings,
    mappings: profile.mappings.map((mapping) => ({
      ...mapping,
      hasFunctions: true,
      hasFilenames: true,
      hasLineNumbers: true,
      hasInlineFrames: true,
    })),
    functions: {
      length: names.length,
      id: BigUint64Array.from(names, (_, i) => BigInt(i + 1)),
      name: Int32Array.from(names),
      systemName: Int32Array.from(names),
      filename: Int32Array.from(files),
      startLine: new Float64Array(names.length),
    },
    locations: {
      ...locations,
      lineStart,
      lineFunction: Int32Array.from(lineFunction),
      lineNumber: Float64Array.from(lineNumber),
      lineColumn: new Float64Array(lineFunction.length),
    },
  };
}

/** Lines by address, innermost first: a stack repeats them as often as it is printed. */
function namesOf(text: string): Map<bigint, readonly Line[]> {
  const named = new Map<bigint, Line[]>();
  let previous = -1n;
  let previousEnd = -1;
  let complete = new Set<bigint>();
  for (const match of text.matchAll(NAMED)) {
    const [all, hex = '', name = '', file = '', line = ''] = match;
    const address = BigInt(`0x${hex}`);
    const follows = match.index === previousEnd + 1 && address === previous;
    if (!follows) {
      if (previous >= 0n) complete = complete.add(previous);
    }
    previous = address;
    previousEnd = match.index + all.length;
    if (complete.has(address)) continue;
    const lines = named.get(address);
    const one = { name, file, line: Number(line) };
    if (lines === undefined) named.set(address, [one]);
    else if (lines.length < MAX_LINES) lines.push(one);
  }
  return named;
}
