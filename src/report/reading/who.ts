/**
 * Who does it: a profile charged to the user's own functions, with the lines and by way of what.
 *
 * Every sample goes to the innermost frame of the user's own code on its stack, whatever libraries
 * and the runtime did below it; samples without one are counted apart by whose code they are. So the
 * rows add up to the total, unlike cumulative values. Cost: one pass over the stacks.
 */
import { functionName } from '../../profile/frames.ts';
import type { Profile } from '../../profile/profile.ts';
import { formatShare, formatValue } from '../figures.ts';
import { type FrameOrigin, frameOrigin } from '../origin.ts';

export interface WhoLine {
  readonly file: string;
  /** 0 = unknown. */
  readonly line: number;
  readonly value: number;
}

export interface WhoRow {
  readonly name: string;
  readonly file: string;
  readonly value: number;
  /** Most first. */
  readonly lines: readonly WhoLine[];
  /** What it called that took part, most first; '' = it did it itself. */
  readonly via: readonly { readonly name: string; readonly value: number }[];
}

export interface WhoTable {
  /** In words: “Who allocates?” */
  readonly question: string;
  /** The answer's first line. */
  readonly sentence: string;
  readonly rows: readonly WhoRow[];
  /** Samples with no own code on their stack. */
  readonly rest: readonly { readonly title: string; readonly value: number }[];
  readonly total: number;
  readonly unit: string;
}

const QUESTIONS: Readonly<Record<string, readonly [question: string, verb: string]>> = {
  cpu: ['Who uses the CPU?', 'uses'],
  block: ['Who is blocked?', 'waits for'],
  mutex: ['Who makes others wait?', 'holds the lock during'],
  goroutine: ['Whose goroutines are these, and where are they?', 'has'],
  goroutineleak: ['Who is stuck for good?', 'has'],
  threadcreate: ['Who made the threads?', 'made'],
  wall: ['Where does the time go?', 'takes'],
};

function questionOf(kind: string, sampleType: string): readonly [string, string] {
  if (sampleType.startsWith('alloc_')) return ['Who allocates?', 'allocates'];
  if (sampleType.startsWith('inuse_')) {
    return ['Who allocated what is still in use?', 'allocated'];
  }
  return QUESTIONS[kind] ?? [`Who adds to “${sampleType}”?`, 'has'];
}

/** Own line of each location: an index into the line columns, or -1. */
function ownLines(profile: Profile, origins: readonly FrameOrigin[]): Int32Array {
  const { locations } = profile;
  const own = new Int32Array(locations.length).fill(-1);
  for (let location = 0; location < own.length; location++) {
    const to = locations.lineStart[location + 1] ?? 0;
    for (let line = locations.lineStart[location] ?? 0; line < to; line++) {
      if (origins[locations.lineFunction[line] ?? -1] !== 'own') continue;
      own[location] = line;
      break;
    }
  }
  return own;
}

/** Whose code it is when none of it is the user's. */
function restTitle(origin: FrameOrigin | undefined): string {
  if (origin === 'gc') return 'garbage collector';
  if (origin === 'runtime' || origin === undefined) return 'runtime';
  return origin === 'stdlib' || origin === 'dependency' ? 'libraries alone' : 'system and cgo';
}

class Rows {
  readonly profile: Profile;
  private readonly origins: readonly FrameOrigin[];
  private readonly byName = new Map<
    string,
    { file: string; value: number; lines: Map<number, number>; via: Map<string, number> }
  >();
  private readonly rest = new Map<string, number>();

  constructor(profile: Profile, origins: readonly FrameOrigin[]) {
    this.profile = profile;
    this.origins = origins;
  }

  addRest(leaf: number, value: number): void {
    const fn = this.profile.locations.lineFunction[leaf] ?? -1;
    const title = restTitle(this.origins[fn]);
    this.rest.set(title, (this.rest.get(title) ?? 0) + value);
  }

  /** `callee` is the line that the own line called, or -1. */
  add(line: number, callee: number, value: number): void {
    const { locations, functions, strings } = this.profile;
    const fn = locations.lineFunction[line] ?? -1;
    const name = functionName(this.profile, fn);
    let row = this.byName.get(name);
    if (row === undefined) {
      const file = strings[functions.filename[fn] ?? 0] ?? '';
      row = { file, value: 0, lines: new Map(), via: new Map() };
      this.byName.set(name, row);
    }
    row.value += value;
    const number = locations.lineNumber[line] ?? 0;
    row.lines.set(number, (row.lines.get(number) ?? 0) + value);
    const called = locations.lineFunction[callee] ?? -1;
    const via = called < 0 ? '' : functionName(this.profile, called);
    row.via.set(via, (row.via.get(via) ?? 0) + value);
  }

  finish(): Pick<WhoTable, 'rows' | 'rest'> {
    const most = (a: { value: number }, b: { value: number }) =>
      Math.abs(b.value) - Math.abs(a.value);
    const rows = [...this.byName].map(([name, { file, value, lines, via }]) => ({
      name,
      file,
      value,
      lines: [...lines].map(([line, of]) => ({ file, line, value: of })).sort(most),
      via: [...via].map(([called, of]) => ({ name: called, value: of })).sort(most),
    }));
    const byName = (a: WhoRow, b: WhoRow) => most(a, b) || (a.name < b.name ? -1 : 1);
    return {
      rows: rows.sort(byName),
      rest: [...this.rest].map(([title, value]) => ({ title, value })).sort(most),
    };
  }
}

export interface WhoOptions {
  readonly kind: string;
  readonly sampleIndex: number;
  /** The user's module paths; [] = unknown. */
  readonly ownModules: readonly string[];
  /** Divides every value: readings of a moment that were merged. */
  readonly divideBy?: number;
}

/** Throws RangeError when there is no such sample type. */
export function whoTable(profile: Profile, options: WhoOptions): WhoTable {
  const { kind, sampleIndex, ownModules, divideBy = 1 } = options;
  const type = profile.sampleTypes[sampleIndex];
  const values = profile.samples.values[sampleIndex];
  if (type === undefined || values === undefined) {
    throw new RangeError(`profile has no sample type ${sampleIndex}`);
  }
  const { functions, strings, samples } = profile;
  const origins = Array.from({ length: functions.length }, (_, fn) =>
    frameOrigin(functionName(profile, fn), strings[functions.filename[fn] ?? 0] ?? '', ownModules),
  );
  const byStack = new Float64Array(profile.stacks.length);
  let total = 0;
  for (let row = 0; row < samples.length; row++) {
    const value = Number(values[row] ?? 0) / divideBy;
    const stack = samples.stack[row] ?? 0;
    byStack[stack] = (byStack[stack] ?? 0) + value;
    total += value;
  }
  const rows = new Rows(profile, origins);
  const own = ownLines(profile, origins);
  for (let stack = 0; stack < byStack.length; stack++) {
    const value = byStack[stack] ?? 0;
    if (value !== 0) charge(rows, own, stack, value);
  }
  const [question, verb] = questionOf(kind, type.type);
  const table = { question, ...rows.finish(), total, unit: type.unit };
  return { ...table, sentence: sentenceOf(table, verb) };
}

/** Finds the innermost own line of a stack, and the line below it. */
function charge(rows: Rows, own: Int32Array, stack: number, value: number): void {
  const { stacks, locations } = rows.profile;
  const from = stacks.start[stack] ?? 0;
  let below = -1;
  for (let at = from; at < (stacks.start[stack + 1] ?? 0); at++) {
    const location = stacks.locations[at] ?? 0;
    const line = own[location] ?? -1;
    if (line >= 0) {
      const first = locations.lineStart[location] ?? 0;
      rows.add(line, line > first ? line - 1 : below, value);
      return;
    }
    below = (locations.lineStart[location + 1] ?? 0) - 1;
  }
  rows.addRest(locations.lineStart[stacks.locations[from] ?? -1] ?? -1, value);
}

const shortOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function sentenceOf(table: Omit<WhoTable, 'sentence'>, verb: string): string {
  const { rows, total, unit } = table;
  const [first] = rows;
  if (first === undefined || total === 0) {
    return 'No code of the program’s own is on any stack: it is all libraries and the runtime.';
  }
  const share = formatShare(first.value / total);
  const [line] = first.lines;
  const [via] = first.via;
  const file = first.file.slice(first.file.lastIndexOf('/') + 1);
  const most = (of: number) => (of >= first.value * 0.995 ? 'all of it' : 'most of it');
  const where =
    line === undefined || line.line === 0 || line.value < first.value / 2
      ? ''
      : `, ${most(line.value)} at ${file}:${line.line}`;
  const through =
    via === undefined || via.name === '' || via.value < first.value / 2
      ? ''
      : ` by way of ${shortOf(via.name)}`;
  return `${shortOf(first.name)} ${verb} ${share} of ${formatValue(total, unit)}${where}${through}.`;
}
