/**
 * Values by source line of chosen functions: the model behind `list`, and behind findings that
 * name a line.
 *
 * A sample counts once for a line's cumulative value however often the line recurs in its stack;
 * inlined functions have lines of their own. One pass over the samples that touch such a function.
 */
import { functionName } from '../profile/frames.ts';
import type { Profile } from '../profile/profile.ts';

export interface SourceLine {
  /** 0 = the profile does not say. */
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

export interface SourceFunction {
  readonly name: string;
  readonly file: string;
  /** Line of the `func` keyword; 0 = unknown. */
  readonly startLine: number;
  readonly flat: number;
  readonly cum: number;
  /** Ascending by line. */
  readonly lines: readonly SourceLine[];
}

export interface SourceOptions {
  readonly sampleIndex: number;
  /** Which functions. Called once for each row of the function table. */
  readonly select: (name: string, file: string) => boolean;
}

/** Functions that were selected and have a value, by descending cumulative value. */
export function sourceFunctions(profile: Profile, options: SourceOptions): SourceFunction[] {
  const places = new Places(profile, options.select);
  const values = profile.samples.values[options.sampleIndex];
  const { stack } = profile.samples;
  const { start, locations } = profile.stacks;
  if (values === undefined) return [];
  for (let sample = 0; sample < stack.length; sample++) {
    const value = Number(values[sample] ?? 0);
    if (value === 0) continue;
    const row = stack[sample] ?? 0;
    const from = start[row] ?? 0;
    const to = start[row + 1] ?? 0;
    for (let i = from; i < to; i++) {
      places.addLocation(locations[i] ?? 0, value, sample, i === from);
    }
  }
  return places.finish();
}

/** Columns of one entry per selected function or line, filled sample by sample. */
class Places {
  private readonly profile: Profile;
  private readonly names: string[] = [];
  private readonly files: string[] = [];
  private readonly startLines: number[] = [];
  /** By function row: index of the selected function, or -1. */
  private readonly functionOf: Int32Array;
  /** By line row: index of the distinct (function, line), or -1. */
  private readonly placeOf: Int32Array;
  private readonly placeFunction: number[] = [];
  private readonly placeLine: number[] = [];
  private readonly flat: Float64Array;
  private readonly cum: Float64Array;
  private readonly seen: Int32Array;
  private readonly functionFlat: Float64Array;
  private readonly functionCum: Float64Array;
  private readonly functionSeen: Int32Array;

  constructor(profile: Profile, select: SourceOptions['select']) {
    this.profile = profile;
    this.functionOf = this.selectFunctions(select);
    this.placeOf = this.distinctLines();
    this.flat = new Float64Array(this.placeLine.length);
    this.cum = new Float64Array(this.placeLine.length);
    this.seen = new Int32Array(this.placeLine.length).fill(-1);
    this.functionFlat = new Float64Array(this.names.length);
    this.functionCum = new Float64Array(this.names.length);
    this.functionSeen = new Int32Array(this.names.length).fill(-1);
  }

  addLocation(location: number, value: number, sample: number, leaf: boolean): void {
    const { lineStart } = this.profile.locations;
    const from = lineStart[location] ?? 0;
    const to = lineStart[location + 1] ?? 0;
    for (let line = from; line < to; line++) {
      const place = this.placeOf[line] ?? -1;
      if (place < 0) continue;
      const fn = this.placeFunction[place] ?? 0;
      // The first line of the leaf is the innermost: where the sample was taken.
      if (leaf && line === from) {
        this.flat[place] = (this.flat[place] ?? 0) + value;
        this.functionFlat[fn] = (this.functionFlat[fn] ?? 0) + value;
      }
      if (this.seen[place] !== sample) {
        this.seen[place] = sample;
        this.cum[place] = (this.cum[place] ?? 0) + value;
      }
      if (this.functionSeen[fn] !== sample) {
        this.functionSeen[fn] = sample;
        this.functionCum[fn] = (this.functionCum[fn] ?? 0) + value;
      }
    }
  }

  finish(): SourceFunction[] {
    const lines: SourceLine[][] = this.names.map(() => []);
    for (const [place, line] of this.placeLine.entries()) {
      const entry = { line, flat: this.flat[place] ?? 0, cum: this.cum[place] ?? 0 };
      if (this.seen[place] !== -1) lines[this.placeFunction[place] ?? 0]?.push(entry);
    }
    return this.names
      .map((name, fn) => ({
        name,
        file: this.files[fn] ?? '',
        startLine: this.startLines[fn] ?? 0,
        flat: this.functionFlat[fn] ?? 0,
        cum: this.functionCum[fn] ?? 0,
        lines: (lines[fn] ?? []).sort((a, b) => a.line - b.line),
      }))
      .filter((fn) => fn.lines.length > 0)
      .sort((a, b) => Math.abs(b.cum) - Math.abs(a.cum) || (a.name < b.name ? -1 : 1));
  }

  private selectFunctions(select: SourceOptions['select']): Int32Array {
    const { functions, strings } = this.profile;
    const selected = new Int32Array(functions.length).fill(-1);
    const index = new Map<string, number>();
    for (let fn = 0; fn < functions.length; fn++) {
      const name = functionName(this.profile, fn);
      const file = strings[functions.filename[fn] ?? 0] ?? '';
      if (!select(name, file)) continue;
      const key = `${name}\0${file}`;
      let joined = index.get(key);
      if (joined === undefined) {
        joined = this.names.length;
        index.set(key, joined);
        this.names.push(name);
        this.files.push(file);
        this.startLines.push(functions.startLine[fn] ?? 0);
      }
      selected[fn] = joined;
    }
    return selected;
  }

  private distinctLines(): Int32Array {
    const { lineFunction, lineNumber } = this.profile.locations;
    const places = new Int32Array(lineFunction.length).fill(-1);
    const index = new Map<string, number>();
    for (let line = 0; line < places.length; line++) {
      const fn = this.functionOf[lineFunction[line] ?? -1] ?? -1;
      if (fn < 0) continue;
      const number = lineNumber[line] ?? 0;
      const key = `${fn}:${number}`;
      let place = index.get(key);
      if (place === undefined) {
        place = this.placeLine.length;
        index.set(key, place);
        this.placeFunction.push(fn);
        this.placeLine.push(number);
      }
      places[line] = place;
    }
    return places;
  }
}
