/**
 * Stacks of a trace with values → Profile tables.
 *
 * A location is a program counter, as in BuildProfile of Go 1.26 (internal/trace/traceviewer/pprof.go):
 * stacks whose counters are equal are one. Cost: one pass over the frames of the stacks used.
 */
import type { Profile, ValueType } from '../../profile/profile.ts';
import type { Trace } from '../trace.ts';

/** Values of each stack that has any, by stack index. */
export class StackValues {
  readonly count: Float64Array;
  readonly value: Float64Array;

  constructor(trace: Trace) {
    this.count = new Float64Array(trace.stacks.length);
    this.value = new Float64Array(trace.stacks.length);
  }

  add(stack: number, value: number): void {
    this.count[stack]++;
    this.value[stack] += value;
  }
}

export interface ProfileKind {
  /** Of the counts, and of the values. */
  readonly sampleTypes: readonly [ValueType, ValueType];
  readonly periodType: ValueType;
  readonly period: bigint;
}

/** Samples by falling value. */
export function profileOfStacks(trace: Trace, values: StackValues, kind: ProfileKind): Profile {
  const locations = new Locations(trace);
  const samples = new Map<string, { stack: readonly number[]; count: number; value: number }>();
  for (let stack = 0; stack < values.count.length; stack++) {
    const count = values.count[stack];
    if (count === 0) continue;
    const run = locations.ofStack(stack);
    const key = run.join();
    const known = samples.get(key);
    const value = values.value[stack];
    if (known === undefined) samples.set(key, { stack: run, count, value });
    else {
      known.count += count;
      known.value += value;
    }
  }
  const rows = [...samples.values()].sort((a, b) => b.value - a.value);
  const start = new Uint32Array(rows.length + 1);
  rows.forEach(({ stack }, i) => {
    start[i + 1] = start[i] + stack.length;
  });
  return {
    ...locations.tables(),
    sampleTypes: kind.sampleTypes,
    defaultSampleType: '',
    mappings: [],
    stacks: {
      length: rows.length,
      start,
      locations: Uint32Array.from(rows.flatMap(({ stack }) => stack)),
    },
    labelSets: NO_LABELS,
    samples: {
      length: rows.length,
      stack: Uint32Array.from(rows.keys()),
      labelSet: new Uint32Array(rows.length),
      values: [
        Float64Array.from(rows, ({ count }) => count),
        Float64Array.from(rows, ({ value }) => value),
      ],
    },
    periodType: kind.periodType,
    period: kind.period,
    timeNanos: 0n,
    durationNanos: 0n,
    comments: [],
    dropFrames: '',
    keepFrames: '',
    docUrl: '',
  };
}

const NO_LABELS: Profile['labelSets'] = {
  length: 1,
  start: new Uint32Array(2),
  key: new Int32Array(0),
  str: new Int32Array(0),
  num: new Float64Array(0),
  numUnit: new Int32Array(0),
};

/** Locations and functions in the order in which stacks name them. */
class Locations {
  private readonly trace: Trace;
  private readonly strings = [''];
  private readonly stringOf = new Map<string, number>([['', 0]]);
  private readonly byPc = new Map<bigint | number, number>();
  private readonly byFrame: Int32Array;
  private readonly byFunction = new Map<string, number>();
  private readonly address: bigint[] = [];
  private readonly lineFunction: number[] = [];
  private readonly lineNumber: number[] = [];
  private readonly name: number[] = [];
  private readonly filename: number[] = [];

  constructor(trace: Trace) {
    this.trace = trace;
    this.byFrame = new Int32Array(trace.frames.length).fill(-1);
  }

  ofStack(stack: number): number[] {
    const { start, frames } = this.trace.stacks;
    const run: number[] = [];
    for (let i = start[stack]; i < start[stack + 1]; i++) {
      // What the runtime writes for an empty stack; Go takes it for one, too.
      if (!this.isNothing(frames[i])) run.push(this.ofFrame(frames[i]));
    }
    return run;
  }

  private isNothing(frame: number): boolean {
    const { pc, func } = this.trace.frames;
    return pc[frame] === 0n && this.trace.strings[func[frame]] === '';
  }

  private ofFrame(frame: number): number {
    if (this.byFrame[frame] >= 0) return this.byFrame[frame];
    const { frames, strings } = this.trace;
    const pc = frames.pc[frame];
    // Frames of unknown counters are different places.
    const key = pc === 0n ? frame : pc;
    let location = this.byPc.get(key);
    if (location === undefined) {
      location = this.address.length;
      this.byPc.set(key, location);
      this.address.push(pc);
      this.lineFunction.push(
        this.ofFunction(strings[frames.func[frame]], strings[frames.file[frame]]),
      );
      this.lineNumber.push(frames.line[frame]);
    }
    this.byFrame[frame] = location;
    return location;
  }

  private ofFunction(name: string, file: string): number {
    const key = `${file}\0${name}`;
    const known = this.byFunction.get(key);
    if (known !== undefined) return known;
    const index = this.name.length;
    this.byFunction.set(key, index);
    this.name.push(this.string(name));
    this.filename.push(this.string(file));
    return index;
  }

  private string(text: string): number {
    const known = this.stringOf.get(text);
    if (known !== undefined) return known;
    this.strings.push(text);
    this.stringOf.set(text, this.strings.length - 1);
    return this.strings.length - 1;
  }

  tables(): Pick<Profile, 'strings' | 'functions' | 'locations'> {
    const count = this.address.length;
    const ids = (length: number) => BigUint64Array.from({ length }, (_, i) => BigInt(i + 1));
    return {
      strings: this.strings,
      functions: {
        length: this.name.length,
        id: ids(this.name.length),
        name: Int32Array.from(this.name),
        systemName: Int32Array.from(this.name),
        filename: Int32Array.from(this.filename),
        startLine: new Float64Array(this.name.length),
      },
      locations: {
        length: count,
        id: ids(count),
        mapping: new Int32Array(count).fill(-1),
        address: BigUint64Array.from(this.address),
        isFolded: new Uint8Array(count),
        lineStart: Uint32Array.from({ length: count + 1 }, (_, i) => i),
        lineFunction: Int32Array.from(this.lineFunction),
        lineNumber: Float64Array.from(this.lineNumber),
        lineColumn: new Float64Array(count),
      },
    };
  }
}
