/**
 * A profile with other lines for some locations: new functions and strings go behind the old ones,
 * so that every index that was valid stays valid. Stacks, samples and labels are shared.
 */
import { resized } from '../base/columns.ts';
import type { FunctionTable, LocationTable, Mapping, Profile } from '../profile/profile.ts';
import type { Frame } from './inlining.ts';

interface NewLine {
  readonly function: number;
  readonly line: number;
}

export class SymbolAppender {
  private readonly profile: Profile;
  private readonly strings: string[];
  private readonly stringIndex: Map<string, number>;
  private readonly functionIndex = new Map<string, number>();
  /** Rows of new functions: name, file, first line. */
  private readonly added: [name: number, file: number, startLine: number][] = [];
  private readonly lines = new Map<number, readonly NewLine[]>();

  /** `reusesFunctions`: functions that the profile has already are not appended again. */
  constructor(profile: Profile, reusesFunctions = true) {
    this.profile = profile;
    this.strings = [...profile.strings];
    this.stringIndex = new Map(this.strings.map((text, index) => [text, index]));
    if (!reusesFunctions) return;
    const { functions } = profile;
    for (let i = 0; i < functions.length; i++) {
      const name = functions.name[i] ?? 0;
      if (functions.systemName[i] !== name) continue;
      this.functionIndex.set(key(name, functions.filename[i] ?? 0, functions.startLine[i] ?? 0), i);
    }
  }

  /** Gives a location these lines, innermost first. */
  replace(location: number, frames: readonly Frame[]): void {
    this.lines.set(
      location,
      frames.map((frame) => ({ function: this.functionOf(frame), line: frame.line })),
    );
  }

  /** `inlined`: whether the new lines include inlined calls. */
  finish(inlined: boolean): Profile {
    if (this.lines.size === 0) return this.profile;
    const rewritten = this.finishWith(this.profile.mappings);
    return { ...rewritten, mappings: this.flagged(rewritten, inlined) };
  }

  /** The profile with the new lines and these mappings. */
  finishWith(mappings: readonly Mapping[]): Profile {
    if (this.lines.size === 0) return { ...this.profile, mappings };
    const functions = this.functionTable();
    const locations = this.locationTable();
    return { ...this.profile, strings: this.strings, functions, locations, mappings };
  }

  private string(text: string): number {
    const known = this.stringIndex.get(text);
    if (known !== undefined) return known;
    const index = this.strings.push(text) - 1;
    this.stringIndex.set(text, index);
    return index;
  }

  private functionOf(frame: Frame): number {
    const [name, file] = [this.string(frame.name), this.string(frame.file)];
    const known = this.functionIndex.get(key(name, file, frame.startLine));
    if (known !== undefined) return known;
    const index = this.profile.functions.length + this.added.length;
    this.added.push([name, file, frame.startLine]);
    this.functionIndex.set(key(name, file, frame.startLine), index);
    return index;
  }

  private functionTable(): FunctionTable {
    const old = this.profile.functions;
    const length = old.length + this.added.length;
    const id = resized(old.id, length, (n) => new BigUint64Array(n));
    const name = resized(old.name, length, (n) => new Int32Array(n));
    const systemName = resized(old.systemName, length, (n) => new Int32Array(n));
    const filename = resized(old.filename, length, (n) => new Int32Array(n));
    const startLine = resized(old.startLine, length, (n) => new Float64Array(n));
    let nextId = 0n;
    for (const used of old.id) if (used > nextId) nextId = used;
    this.added.forEach(([nameIndex, file, line], i) => {
      const at = old.length + i;
      nextId++;
      id[at] = nextId;
      name[at] = nameIndex;
      systemName[at] = nameIndex;
      filename[at] = file;
      startLine[at] = line;
    });
    return { length, id, name, systemName, filename, startLine };
  }

  private locationTable(): LocationTable {
    const old = this.profile.locations;
    const lineStart = new Uint32Array(old.length + 1);
    const lineFunction: number[] = [];
    const lineNumber: number[] = [];
    const lineColumn: number[] = [];
    const isFolded = Uint8Array.from(old.isFolded);
    for (let location = 0; location < old.length; location++) {
      const replaced = this.lines.get(location);
      if (replaced !== undefined) isFolded[location] = 0;
      for (const line of replaced ?? []) {
        lineFunction.push(line.function);
        lineNumber.push(line.line);
        lineColumn.push(0);
      }
      const end = replaced === undefined ? (old.lineStart[location + 1] ?? 0) : 0;
      for (let line = old.lineStart[location] ?? 0; line < end; line++) {
        lineFunction.push(old.lineFunction[line] ?? -1);
        lineNumber.push(old.lineNumber[line] ?? 0);
        lineColumn.push(old.lineColumn[line] ?? 0);
      }
      lineStart[location + 1] = lineFunction.length;
    }
    return {
      ...old,
      isFolded,
      lineStart,
      lineFunction: Int32Array.from(lineFunction),
      lineNumber: Float64Array.from(lineNumber),
      lineColumn: Float64Array.from(lineColumn),
    };
  }

  /** Flags of the mappings that got lines: each is true only if it holds for every location. */
  private flagged(profile: Profile, inlined: boolean): Mapping[] {
    const touched = new Set<number>();
    for (const location of this.lines.keys())
      touched.add(profile.locations.mapping[location] ?? -1);
    return profile.mappings.map((mapping, index) =>
      touched.has(index)
        ? { ...mapping, ...this.flagsOf(profile, mapping, index, inlined) }
        : mapping,
    );
  }

  private flagsOf(profile: Profile, old: Mapping, mapping: number, inlined: boolean) {
    const { locations, functions } = profile;
    let [hasFunctions, hasFilenames, hasLineNumbers, hasInlineFrames] = [true, true, true, true];
    for (let location = 0; location < locations.length; location++) {
      if (locations.mapping[location] !== mapping) continue;
      const from = locations.lineStart[location] ?? 0;
      const to = locations.lineStart[location + 1] ?? 0;
      if (from === to) hasFunctions = hasFilenames = hasLineNumbers = hasInlineFrames = false;
      if (!(this.lines.has(location) ? inlined : old.hasInlineFrames)) hasInlineFrames = false;
      for (let line = from; line < to; line++) {
        const row = locations.lineFunction[line] ?? -1;
        if (!functions.name[row]) hasFunctions = false;
        if (!functions.filename[row]) hasFilenames = false;
        if (!locations.lineNumber[line]) hasLineNumbers = false;
      }
    }
    return { hasFunctions, hasFilenames, hasLineNumbers, hasInlineFrames };
  }
}

function key(name: number, file: number, startLine: number): string {
  return `${name} ${file} ${startLine}`;
}
