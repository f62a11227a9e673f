/**
 * Polls of all goroutines → a wall-clock profile: how long goroutines stood at which stack, in which
 * state. What fgprof gives, from outside of the program, with labels.
 *
 * A poll stands for the time until the next one, so that an uneven rate, which the budget of
 * the poller makes (wallbudget.ts), does not weigh one moment more than another. Polls of different
 * levels add up: stacks are cut to the frames that all of them have. Where the number of Ps is
 * known, the ready goroutines of a poll are told apart: as many as there are Ps execute, and each of
 * n has the same share in that. Cost: one hash of a string for each distinct stack of a poll.
 */
import { ProfileBuilder } from '../profile/builder.ts';
import type { Label } from '../profile/labels.ts';
import type { Profile } from '../profile/profile.ts';
import type { Labels } from './header.ts';
import { type Frame, framesOf, type GoroutineTable } from './table.ts';
import { StackNumbers } from './timeline.ts';
import {
  type AddressNames,
  leafAddressesOf,
  type Polled,
  type PollRole,
  pollRole,
  stateOfHeader,
  stateOfLeaves,
  visibleFrames,
} from './wallstate.ts';

export type PollLevel = 0 | 1 | 2;

export interface WallPoll {
  readonly level: PollLevel;
  readonly table: GoroutineTable;
  /** The time that it stands for. */
  readonly nanos: number;
  /** The text of debug=1, for the addresses of frames that it hides. */
  readonly text?: string;
}

export interface WallOptions {
  /** GOMAXPROCS; undefined = not known: executing and runnable are one state then. */
  readonly procs?: number | undefined;
}

/** Values of the label `state`. */
export type WallState =
  | 'executing'
  | 'runnable'
  | 'executing or runnable'
  | 'waiting'
  | 'syscall'
  | 'unknown';

interface Sample {
  readonly stack: number;
  readonly labels: readonly Label[];
  count: number;
  nanos: number;
}

interface PolledRow {
  readonly row: number;
  count: number;
  readonly polled: Polled;
}

export interface WallHeader {
  readonly timeNanos: bigint;
  readonly comments: readonly string[];
}

export class WallBuilder {
  readonly #procs: number | undefined;
  readonly #stacks = new StackNumbers(visibleFrames);
  readonly #samples = new Map<string, Sample>();
  #names: AddressNames = new Map();
  #polls = 0;
  #nanos = 0;
  #goroutines = 0;

  constructor({ procs }: WallOptions = {}) {
    this.#procs = procs;
  }

  get polls(): number {
    return this.#polls;
  }

  /** Of the last poll, without the poller's own. */
  get goroutines(): number {
    return this.#goroutines;
  }

  /** Names for the addresses of debug=1; without them it tells no states. */
  nameAddresses(names: AddressNames): void {
    this.#names = names;
  }

  add(poll: WallPoll): void {
    const { table, nanos } = poll;
    const rows = this.#rowsOf(poll);
    const stackOf = this.#stacks.translation(table);
    let ready = 0;
    this.#goroutines = 0;
    for (const { count, polled } of rows) {
      this.#goroutines += count;
      if (polled.state === 'ready') ready += count;
    }
    this.#polls++;
    this.#nanos += nanos;
    for (const { row, count, polled } of rows) {
      const stack = stackOf(table.stack[row]);
      const labels = labelsOf(table, row, polled.reason);
      for (const [state, share] of statesOf(polled, ready, this.#procs)) {
        this.#sample(stack, state, labels, count * share, count * share * nanos);
      }
    }
  }

  finish({ timeNanos, comments }: WallHeader): Profile {
    const builder = new ProfileBuilder([
      { type: 'samples', unit: 'count' },
      { type: 'time', unit: 'nanoseconds' },
    ]);
    const locations = this.#stacks.list.map((frames) => locationsOf(frames, builder));
    for (const { stack, labels, count, nanos } of this.#samples.values()) {
      const whole = BigInt(Math.round(count));
      if (nanos > 0) builder.add(locations[stack], [whole, BigInt(Math.round(nanos))], labels);
    }
    const period = BigInt(Math.round(this.#nanos / Math.max(1, this.#polls)));
    return builder.finish({
      defaultSampleType: 'time',
      periodType: { type: 'wallclock', unit: 'nanoseconds' },
      period,
      timeNanos,
      durationNanos: BigInt(Math.round(this.#nanos)),
      comments,
    });
  }

  /** Goroutines of the program: without the one that answers, and the one that reads on behind it. */
  #rowsOf({ level, table, text = '' }: WallPoll): PolledRow[] {
    const addresses = level === 1 ? leafAddressesOf(text) : [];
    const rows: PolledRow[] = [];
    const roles = new Map<number, PollRole>();
    let reader: PolledRow | undefined;
    for (let row = 0; row < table.length; row++) {
      const stack = table.stack[row];
      const role = roles.get(stack) ?? pollRole(framesOf(table, stack));
      roles.set(stack, role);
      if (role === 'answers') continue;
      const polled = this.#polled(level, table, row, addresses[row] ?? []);
      const own = { row, count: table.counts[row], polled };
      rows.push(own);
      if (role === 'reads' || (role === 'begins' && reader === undefined)) reader = own;
    }
    if (reader !== undefined) reader.count--;
    return rows.filter(({ count }) => count > 0);
  }

  #polled(
    level: PollLevel,
    table: GoroutineTable,
    row: number,
    addresses: readonly string[],
  ): Polled {
    if (level === 2) return stateOfHeader(table.headers[table.header[row]].state);
    const names = framesOf(table, table.stack[row]).map((frame) => frame.function);
    if (level === 0) return stateOfLeaves(names);
    // Nothing but runtime.goexit: it has not run yet.
    if (addresses.length === 1) return { state: 'ready', reason: '' };
    if (this.#names.size === 0) return { state: 'unknown', reason: '' };
    const hidden = addresses.flatMap((address) => this.#names.get(address) ?? ['']);
    return stateOfLeaves(hidden[0] === '' ? names : hidden);
  }

  #sample(
    stack: number,
    state: WallState,
    own: readonly Label[],
    count: number,
    nanos: number,
  ): void {
    const key = `${stack} ${state} ${JSON.stringify(own)}`;
    let sample = this.#samples.get(key);
    if (sample === undefined) {
      const labels = [{ key: 'state', text: state }, ...own];
      sample = { stack, labels, count: 0, nanos: 0 };
      this.#samples.set(key, sample);
    }
    sample.count += count;
    sample.nanos += nanos;
  }
}

/** States with the share that each has in the goroutine's time. */
function statesOf(
  { state }: Polled,
  ready: number,
  procs: number | undefined,
): readonly (readonly [WallState, number])[] {
  if (state !== 'ready') return [[state, 1]];
  if (procs === undefined) return [['executing or runnable', 1]];
  if (ready <= procs) return [['executing', 1]];
  return [
    ['executing', procs / ready],
    ['runnable', 1 - procs / ready],
  ];
}

function labelsOf(table: GoroutineTable, row: number, reason: string): Label[] {
  const labels: Label[] = reason === '' ? [] : [{ key: 'wait reason', text: reason }];
  const own: Labels = table.headers[table.header[row]].labels;
  for (const [key, text] of own) labels.push({ key, text });
  return labels;
}

function locationsOf(frames: readonly Frame[], { symbols }: ProfileBuilder): number[] {
  return frames.map(({ function: name, file, line }) => {
    const fn = symbols.function({ name, systemName: name, filename: file, startLine: 0 });
    const lines = [{ function: fn, line, column: 0 }];
    return symbols.location({ mapping: -1, address: 0n, isFolded: false, lines });
  });
}
