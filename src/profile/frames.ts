/**
 * Frames of a profile at a granularity, and which frame every line of every location is.
 *
 * The step between locations (program counters) and whatever is drawn or listed. Functions are joined
 * by name, as in pprof: compilers do give one function different files (those of code that was
 * inlined into it). Cost: one pass over functions and lines.
 */
import type { FrameTable } from './calltree.ts';
import type { Profile } from './profile.ts';

export interface LocationFrames {
  readonly frames: FrameTable;
  /** Offsets into the two columns below, by location; never an empty run. */
  readonly start: Uint32Array;
  /** Frame indices, innermost first. */
  readonly frame: Int32Array;
  /** 1 = inlined into the next one of the run. */
  readonly inlined: Uint8Array;
}

/** Collects distinct frames. */
export class FrameInterner {
  private readonly index = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly files: string[] = [];
  private readonly lines: number[] = [];

  /** The frame of a function; its first file and line are kept. */
  function(name: string, file: string, line: number): number {
    return this.intern(name, name, file, line);
  }

  /** The frame of a line of a function. */
  line(name: string, file: string, line: number): number {
    return this.intern(`${name}\0${file}\0${line}`, name, file, line);
  }

  private intern(key: string, name: string, file: string, line: number): number {
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const frame = this.names.length;
    this.index.set(key, frame);
    this.names.push(name);
    this.files.push(file);
    this.lines.push(line);
    return frame;
  }

  finish(): FrameTable {
    const { names, files, lines } = this;
    return { length: names.length, name: names, file: files, line: Float64Array.from(lines) };
  }
}

/**
 * Resolves every location. A location without lines becomes one frame named after its mapping, as
 * pprof prints it: `[libc.so.6]`, or `<unknown>` when there is no mapping either.
 */
export function locationFrames(
  profile: Profile,
  granularity: 'functions' | 'lines',
): LocationFrames {
  const { locations } = profile;
  const { lineStart } = locations;
  const interner = new FrameInterner();
  const frameOfFunction = new Int32Array(profile.functions.length).fill(-1);
  const start = new Uint32Array(locations.length + 1);
  const room = locations.lineFunction.length + locations.length;
  const frame = new Int32Array(room);
  const inlined = new Uint8Array(room);
  let length = 0;
  for (let location = 0; location < locations.length; location++) {
    const from = lineStart[location] ?? 0;
    const to = lineStart[location + 1] ?? 0;
    if (from === to) {
      frame[length++] = unsymbolizedFrame(profile, location, interner);
    }
    for (let line = from; line < to; line++) {
      inlined[length] = line + 1 < to ? 1 : 0;
      frame[length++] =
        granularity === 'lines'
          ? lineFrame(profile, line, interner)
          : functionFrame(profile, locations.lineFunction[line] ?? -1, frameOfFunction, interner);
    }
    start[location + 1] = length;
  }
  return {
    frames: interner.finish(),
    start,
    frame: frame.slice(0, length),
    inlined: inlined.slice(0, length),
  };
}

function functionFrame(
  profile: Profile,
  fn: number,
  known: Int32Array,
  interner: FrameInterner,
): number {
  if (fn < 0) return interner.function('<unknown>', '', 0);
  const frame = known[fn] ?? -1;
  if (frame >= 0) return frame;
  const { functions } = profile;
  const made = interner.function(
    functionName(profile, fn),
    profile.strings[functions.filename[fn] ?? 0] ?? '',
    functions.startLine[fn] ?? 0,
  );
  known[fn] = made;
  return made;
}

function lineFrame(profile: Profile, line: number, interner: FrameInterner): number {
  const { locations, functions, strings } = profile;
  const fn = locations.lineFunction[line] ?? -1;
  const number = locations.lineNumber[line] ?? 0;
  if (fn < 0) return interner.line('<unknown>', '', number);
  const file = strings[functions.filename[fn] ?? 0] ?? '';
  return interner.line(functionName(profile, fn), file, number);
}

/** Name of a function as pprof prints it; the system name, or `<unknown>`, when it has none. */
export function functionName(profile: Profile, fn: number): string {
  const { functions, strings } = profile;
  const name = strings[functions.name[fn] ?? 0] ?? '';
  if (name !== '') return name;
  return strings[functions.systemName[fn] ?? 0] || '<unknown>';
}

function unsymbolizedFrame(profile: Profile, location: number, interner: FrameInterner): number {
  const mapping = profile.mappings[profile.locations.mapping[location] ?? -1];
  const file = mapping?.file ?? '';
  const base = file.slice(file.lastIndexOf('/') + 1);
  return interner.function(base === '' ? '<unknown>' : `[${base}]`, '', 0);
}

/** Position of every frame when frames are sorted by name, file and line. */
export function frameRanks(frames: FrameTable): Int32Array {
  const { name, file, line } = frames;
  const order = Array.from({ length: frames.length }, (_, i) => i);
  const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  order.sort(
    (a, b) =>
      compareText(name[a] ?? '', name[b] ?? '') ||
      compareText(file[a] ?? '', file[b] ?? '') ||
      (line[a] ?? 0) - (line[b] ?? 0),
  );
  const rank = new Int32Array(frames.length);
  for (let i = 0; i < order.length; i++) rank[order[i] ?? 0] = i;
  return rank;
}
