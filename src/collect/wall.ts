/**
 * Polls the goroutine endpoint of a target and makes a wall-clock profile of the answers; with
 * debug=2 the life of every goroutine too. Nothing has to be built into the target.
 *
 * How often and at which level is decided by PollBudget from what each poll cost. The first one is
 * debug=0: it counts the goroutines, before anything could be too expensive, and names the addresses
 * of debug=1. Polls come at uneven moments, so that what the program does periodically is not always
 * seen in the same phase.
 */
import { DecodeError, UserError } from '../base/errors.ts';
import { decompress } from '../formats/compression.ts';
import { decodePprof } from '../formats/pprof.ts';
import { goroutineTableOf } from '../goroutines/from-profile.ts';
import { LifelineBuilder, type Lifelines } from '../goroutines/lifelines.ts';
import { parseGoroutineDump } from '../goroutines/parse.ts';
import { allRows, goroutineCount } from '../goroutines/table.ts';
import { type PollLevel, WallBuilder, type WallPoll } from '../goroutines/wall.ts';
import { MANY_GOROUTINES, PollBudget } from '../goroutines/wallbudget.ts';
import { addressNamesOf } from '../goroutines/wallstate.ts';
import type { Profile } from '../profile/profile.ts';
import { type Clock, nanosOf, systemClock } from './clock.ts';
import type { TargetConfig } from './config/target.ts';
import { nodeDecompressors } from './decompress.ts';
import { createFetchClient, type FetchClient, FetchError } from './fetch.ts';
import { Target } from './target.ts';
import { ThreadClock } from './thread-clock.ts';

export interface WallOptions {
  /** Share of one core that the target may pay: 0.01 is 1 %. */
  readonly budget: number;
  /** Polls a second, at most. */
  readonly hz: number;
  /** `auto`: the most telling one that the budget allows at that rate. */
  readonly level: PollLevel | 'auto';
  /** GOMAXPROCS of the target; asked of its metrics when not given. */
  readonly procs?: number | undefined;
  readonly clock?: Clock;
}

export interface WallProgress {
  readonly elapsedMillis: number;
  readonly forMillis: number;
  readonly polls: number;
  readonly level: PollLevel;
  readonly goroutines: number;
  /** Share of one core. */
  readonly cost: number;
  readonly costFrom: CostSource;
}

/** Where the cost is known from: CPU time of the target's threads, or the time until its answers. */
export type CostSource = 'threads' | 'latency';

export interface WallCapture {
  readonly profile: Profile;
  /** Of the polls with debug=2; undefined = there were fewer than two. */
  readonly lifelines: Lifelines | undefined;
  readonly polls: ReadonlyMap<PollLevel, number>;
  readonly elapsedMillis: number;
  readonly cost: number;
  readonly costFrom: CostSource;
  /** What a reader must know of it, a sentence each. */
  readonly notes: readonly string[];
}

export interface WallRun {
  readonly forMillis: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WallProgress) => void) | undefined;
}

const FETCH = { timeoutMillis: 30_000, maxBytes: 256 * 1024 * 1024 };
const MILLI = 1e6;
const USUAL_MILLIS = 200;
/** Between polls, for the CPU time that the program uses by itself. */
const USUAL_PART = 0.2;

/** One target; what was learned of its costs stays from one capture to the next. */
export class WallPoller {
  readonly #client: FetchClient;
  readonly #address: string;
  readonly #options: WallOptions;
  readonly #clock: Clock;
  readonly #budget: PollBudget;
  readonly #threads: ThreadClock | undefined;
  readonly #procs: number | undefined;
  /** CPU seconds a second that the program uses between polls. */
  #usual: number | undefined;
  #between: { readonly cpu: number; readonly at: number } | undefined;
  #goroutines = 0;

  private constructor(
    config: TargetConfig,
    options: WallOptions,
    threads: ThreadClock | undefined,
    procs: number | undefined,
  ) {
    this.#client = createFetchClient(config.authorization, config.tls);
    this.#address = `${config.origin}${config.pathPrefix}/debug/pprof/goroutine`;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const levels: readonly PollLevel[] = options.level === 'auto' ? [0, 1, 2] : [options.level];
    this.#budget = new PollBudget({ budget: options.budget, hz: options.hz, levels });
    this.#threads = threads;
    this.#procs = procs;
  }

  static async start(config: TargetConfig, options: WallOptions): Promise<WallPoller> {
    const threads = await ThreadClock.listeningAt(config.origin);
    const procs = options.procs ?? (await procsOf(config, options.clock ?? systemClock));
    const poller = new WallPoller(config, options, threads, procs);
    await poller.#learnUsual();
    return poller;
  }

  /**
   * Throws FetchError when the first poll fails, UserError `too-many-goroutines` when debug=2 alone
   * is allowed and there are too many for it. Later failures end the capture, with a note.
   */
  async capture({ forMillis, signal, onProgress }: WallRun): Promise<WallCapture> {
    const run = new Run(this.#procs, nanosOf(this.#clock.now()));
    const paidBefore = this.#budget.spentNanos;
    const begin = performance.now();
    const elapsed = () => performance.now() - begin;
    const never = new AbortController().signal;
    let level: PollLevel = 0;
    while (elapsed() < forMillis && signal?.aborted !== true) {
      const started = performance.now();
      const poll = await this.#tryPoll(level, run, signal);
      if (poll === undefined) break;
      run.take(poll, (started + performance.now()) / 2 - begin);
      this.#goroutines = goroutineCount(poll.table);
      const wait = (this.#budget.intervalOf(level) / MILLI) * (0.5 + this.#clock.random());
      onProgress?.({
        elapsedMillis: elapsed(),
        forMillis,
        polls: run.count,
        level,
        goroutines: this.#goroutines,
        cost: this.#cost(paidBefore, elapsed()),
        costFrom: this.#costFrom,
      });
      if (!this.#allowsNext(run)) break;
      level = this.#budget.choose(this.#goroutines);
      const rest = Math.min(started + wait, begin + forMillis) - performance.now();
      if (rest > 0) await this.#clock.sleep(rest, signal ?? never);
    }
    const elapsedMillis = elapsed();
    const cost = this.#cost(paidBefore, elapsedMillis);
    return { ...run.finish(elapsedMillis, cost, this.#costFrom), elapsedMillis, cost };
  }

  close(): void {
    this.#client.close();
  }

  get #costFrom(): CostSource {
    return this.#threads === undefined ? 'latency' : 'threads';
  }

  #cost(paidBefore: number, elapsedMillis: number): number {
    return (this.#budget.spentNanos - paidBefore) / MILLI / Math.max(1, elapsedMillis);
  }

  #allowsNext(run: Run): boolean {
    if (this.#options.level !== 2 || this.#goroutines < MANY_GOROUTINES) return true;
    const what = `${this.#goroutines} goroutines: debug=2 would stop the program for too long`;
    if (run.count > 1) {
      run.notes.push(`ended early: there were ${what}`);
      return false;
    }
    const next = `take --level auto; a timeline needs fewer than ${MANY_GOROUTINES}`;
    throw new UserError('too-many-goroutines', `There are ${what}`, next);
  }

  async #tryPoll(
    level: PollLevel,
    run: Run,
    signal: AbortSignal | undefined,
  ): Promise<WallPoll | undefined> {
    try {
      return await this.#poll(level, run, signal);
    } catch (error) {
      const isFetch = error instanceof FetchError || error instanceof DecodeError;
      if (!isFetch || run.count === 0) throw error;
      if (signal?.aborted !== true) run.notes.push(`ended early: ${error.message}`);
      return undefined;
    }
  }

  async #poll(level: PollLevel, run: Run, signal: AbortSignal | undefined): Promise<WallPoll> {
    const before = this.#startMeasuring();
    const started = performance.now();
    const url = `${this.#address}?debug=${level}`;
    const { bytes } = await this.#client.get(url, { ...FETCH, signal });
    const latencyNanos = (performance.now() - started) * MILLI;
    this.#budget.learn(level, { latencyNanos, cpuNanos: this.#measured(before, latencyNanos) });
    if (level === 0) {
      const profile = decodePprof(decompress(bytes, nodeDecompressors));
      run.wall.nameAddresses(addressNamesOf(profile));
      return { level, table: goroutineTableOf(profile), nanos: 0 };
    }
    const table = parseGoroutineDump(bytes);
    if (!table.isDump) throw new DecodeError('goroutine dump', 0, `${url} answers with none`);
    const text = level === 1 ? new TextDecoder().decode(bytes) : '';
    return { level, table, nanos: 0, text };
  }

  /** What the program uses before it is polled at all. */
  async #learnUsual(): Promise<void> {
    const cpu = this.#threads?.read();
    if (cpu === undefined) return;
    this.#between = { cpu, at: performance.now() };
    await this.#clock.sleep(USUAL_MILLIS, new AbortController().signal);
    this.#startMeasuring();
  }

  /** CPU time before a poll; learns from the time since the last one what is usual. */
  #startMeasuring(): number | undefined {
    const cpu = this.#threads?.read();
    const last = this.#between;
    if (cpu === undefined || last === undefined) return cpu;
    const nanos = (performance.now() - last.at) * MILLI;
    const rate = nanos > 0 ? Math.max(0, cpu - last.cpu) / nanos : 0;
    this.#usual =
      this.#usual === undefined ? rate : this.#usual + (rate - this.#usual) * USUAL_PART;
    return cpu;
  }

  #measured(before: number | undefined, latencyNanos: number): number | undefined {
    const cpu = this.#threads?.read();
    if (cpu === undefined || before === undefined) return undefined;
    this.#between = { cpu, at: performance.now() };
    // Of the first poll, nobody knows yet what else the program does.
    if (this.#usual === undefined) return undefined;
    return cpu - before - this.#usual * latencyNanos;
  }
}

/** What one capture gathers. Each poll stands for the time until the next. */
class Run {
  readonly wall: WallBuilder;
  readonly notes: string[] = [];
  readonly #timeNanos: bigint;
  readonly #lifelines = new LifelineBuilder();
  readonly #polls = new Map<PollLevel, number>();
  #last: { readonly poll: WallPoll; readonly at: number } | undefined;
  #count = 0;

  constructor(procs: number | undefined, timeNanos: bigint) {
    this.wall = new WallBuilder({ procs });
    this.#timeNanos = timeNanos;
  }

  get count(): number {
    return this.#count;
  }

  /** `at`: milliseconds since the start. */
  take(poll: WallPoll, at: number): void {
    this.#standUntil(at);
    // What went before the first poll is the time that it took.
    this.#last = { poll, at: this.#count === 0 ? 0 : at };
    this.#count++;
    this.#polls.set(poll.level, (this.#polls.get(poll.level) ?? 0) + 1);
    if (poll.level === 2) this.#lifelines.add(poll.table, allRows(poll.table), at * MILLI);
  }

  finish(
    elapsedMillis: number,
    cost: number,
    costFrom: CostSource,
  ): Omit<WallCapture, 'elapsedMillis' | 'cost'> {
    this.#standUntil(elapsedMillis);
    const polls = this.#polls;
    if (this.#count < 10) this.notes.push(`${this.#count} polls say little: take longer`);
    const levels = [...polls].map(([level, count]) => `${count} with debug=${level}`).join(', ');
    const comments = [
      `whygo wall: ${this.#count} polls (${levels})`,
      `cost: ${(cost * 100).toFixed(2)} % of a core, known from ${costFrom}`,
      ...this.notes,
    ];
    const profile = this.wall.finish({ timeNanos: this.#timeNanos, comments });
    const many = this.#lifelines.polls > 1;
    const lifelines = many ? this.#lifelines.finish(elapsedMillis * MILLI) : undefined;
    return { profile, lifelines, polls, costFrom, notes: this.notes };
  }

  #standUntil(at: number): void {
    if (this.#last === undefined) return;
    const nanos = Math.round((at - this.#last.at) * MILLI);
    this.wall.add({ ...this.#last.poll, nanos });
    this.#last = undefined;
  }
}

/** GOMAXPROCS, where the target's metrics have it. */
async function procsOf(config: TargetConfig, clock: Clock): Promise<number | undefined> {
  const target = new Target(config, clock);
  try {
    const { snapshot } = await target.metrics();
    return snapshot.gomaxprocs > 0 ? snapshot.gomaxprocs : undefined;
  } catch (error) {
    // Then executing and runnable goroutines are not told apart.
    if (error instanceof FetchError || error instanceof DecodeError) return undefined;
    throw error;
  } finally {
    target.close();
  }
}
