/**
 * Asks the target of `whygo top`, and keeps what that costs it within a budget (pace.ts).
 *
 * Metrics come at every refresh; goroutine, heap, block and mutex profiles more seldom; each as often
 * as its share of the budget, 1 % of a core in all, allows. Profiles of the CPU and exact states are
 * asked for only when the person wants them.
 */
import { DecodeError, messageOf } from '../../base/errors.ts';
import { type Clock, nanosOf } from '../../collect/clock.ts';
import { nodeDecompressors } from '../../collect/decompress.ts';
import { FetchError } from '../../collect/fetch.ts';
import { captureTimes, type FetchedProfile, type Target } from '../../collect/target.ts';
import { decodeProfile } from '../../formats/compression.ts';
import { parseGoroutineDump } from '../../goroutines/parse.ts';
import type { TopModel } from './model.ts';
import { Baseline, Pace } from './pace.ts';

export interface Asking {
  readonly everyMillis: number;
  readonly profiling: boolean;
  readonly exact: boolean;
  readonly paused: boolean;
}

interface Task {
  readonly name: string;
  readonly pace: Pace;
  readonly run: (signal: AbortSignal) => Promise<void>;
  dueAt: number;
}

/** In cores, of which each kind of request has a share. */
const BUDGET = 0.01;
const SHARES = { metrics: 0.4, goroutine: 0.4, heap: 0.1, block: 0.05, mutex: 0.05 } as const;
const CPU_SECONDS = 2;
const CPU_PAUSE_MILLIS = 3000;
const DIAGNOSE_MILLIS = 15_000;
/** A diagnosis that took long comes seldom: our own time counts too. */
const DIAGNOSE_SHARE = 0.004;
/** Of goroutines that debug=2 may stop the program for: about 25 ms of it. */
const MOST_EXACT = 1000;

export class Sampler {
  readonly #target: Target;
  readonly #model: TopModel;
  readonly #clock: Clock;
  readonly #tasks: readonly Task[];
  readonly #absent = new Set<string>();
  #asking: Asking;
  #wake = new AbortController();
  #diagnoseAt: number;
  /** Milliseconds that the last request took. */
  #waited = 0;
  /** Why the last reading failed; '' = it did not. */
  failure = '';
  /** What is said of the numbers: where they come from, what they lack. */
  note = '';
  /** A CPU profile is being taken. */
  profilingNow = false;

  constructor(target: Target, model: TopModel, clock: Clock, asking: Asking) {
    this.#target = target;
    this.#model = model;
    this.#clock = clock;
    this.#asking = asking;
    this.#diagnoseAt = clock.now() + DIAGNOSE_MILLIS;
    const baseline = new Baseline();
    const task = (name: keyof typeof SHARES, baseMillis: number, run: Task['run']): Task => {
      return { name, pace: new Pace(baseMillis, BUDGET * SHARES[name], baseline), run, dueAt: 0 };
    };
    const snapshot = (name: 'heap' | 'block' | 'mutex', baseMillis: number) =>
      task(name, baseMillis, (signal) => this.#snapshot(name, signal));
    this.#tasks = [
      task('metrics', asking.everyMillis, (signal) => this.#metrics(signal)),
      task('goroutine', 2000, (signal) => this.#goroutines(signal)),
      snapshot('heap', 10_000),
      snapshot('block', 30_000),
      snapshot('mutex', 30_000),
    ];
  }

  /** Estimated cost of asking, in cores. */
  get cost(): number {
    return this.#tasks.reduce((sum, { pace }) => sum + pace.load, 0);
  }

  ask(asking: Asking): void {
    const exactChanged = asking.exact !== this.#asking.exact;
    const faster = asking.everyMillis < this.#asking.everyMillis;
    this.#asking = asking;
    for (const task of this.#tasks) {
      if (task.name === 'metrics') task.pace.baseMillis = asking.everyMillis;
      const changed = task.name === 'metrics' ? faster : task.name === 'goroutine' && exactChanged;
      if (changed) task.dueAt = 0;
    }
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  /** One reading of everything that is due. Throws FetchError when the target cannot be reached. */
  async once(signal: AbortSignal): Promise<void> {
    for (const task of this.#tasks) await this.#runIfDue(task, signal);
  }

  /** Until the signal; `onChange` after every reading. What fails is told in `failure`. */
  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    await Promise.all([this.#watch(signal, onChange), this.#profileCpu(signal, onChange)]);
  }

  /** One CPU profile now. Throws FetchError. */
  async profileOnce(seconds: number, signal: AbortSignal): Promise<void> {
    const profile = this.#target.config.profiles.find(({ type }) => type === 'cpu');
    if (profile === undefined) return;
    this.profilingNow = true;
    try {
      const fetched = await this.#target.profile(profile, { seconds, signal });
      this.#capture(fetched, true);
    } finally {
      this.profilingNow = false;
    }
  }

  async #watch(signal: AbortSignal, onChange: () => void): Promise<void> {
    while (!signal.aborted) {
      const start = this.#clock.now();
      if (!this.#asking.paused) {
        await this.#tolerate(() => this.once(signal), signal);
        this.#diagnoseIfDue();
        onChange();
      }
      const left = this.#asking.everyMillis - (this.#clock.now() - start);
      await this.#sleep(Math.max(left, 50), signal);
    }
  }

  async #profileCpu(signal: AbortSignal, onChange: () => void): Promise<void> {
    while (!signal.aborted) {
      if (!this.#asking.profiling || this.#asking.paused) {
        await this.#sleep(3_600_000, signal);
        continue;
      }
      await this.#tolerate(() => this.profileOnce(CPU_SECONDS, signal), signal);
      onChange();
      await this.#sleep(CPU_PAUSE_MILLIS, signal);
    }
  }

  async #metrics(signal: AbortSignal): Promise<void> {
    const reading = await this.#timed(() => this.#target.metrics(signal));
    if (reading.main !== '' && reading.main !== 'command-line-arguments') {
      this.#model.modules = [reading.main];
    }
    this.note = reading.note;
    this.failure = '';
    this.#model.addMetrics(reading.snapshot);
  }

  async #goroutines(signal: AbortSignal): Promise<void> {
    const exact = this.#asking.exact && !(this.#model.goroutines > MOST_EXACT);
    const profile = this.#target.config.profiles.find(({ type }) => type === 'goroutine');
    if (exact) {
      const fetched = await this.#timed(() => this.#target.goroutineDump(signal));
      this.#model.addGoroutineDump(parseGoroutineDump(fetched.bytes), nanosOf(fetched.receivedAt));
    } else if (profile !== undefined) {
      // The text of debug=1 is cheaper and lacks the runtime's frames, which tell what is waited for.
      this.#capture(await this.#timed(() => this.#target.profile(profile, { signal })), false);
    }
  }

  async #snapshot(type: string, signal: AbortSignal): Promise<void> {
    const profile = this.#target.config.profiles.find((one) => one.type === type);
    if (profile === undefined) return;
    this.#capture(await this.#timed(() => this.#target.profile(profile, { signal })), false);
  }

  #capture(fetched: FetchedProfile, timed: boolean): void {
    const profile = decodeProfile(fetched.bytes, nodeDecompressors);
    const times = captureTimes(fetched, profile, timed);
    const { type, forcedGc } = fetched;
    this.#model.addCapture({ type, ...times, profile, delta: false, forcedGc });
  }

  async #runIfDue(task: Task, signal: AbortSignal): Promise<void> {
    const start = this.#clock.now();
    // A little early is better than a whole refresh late.
    if (start < task.dueAt - this.#asking.everyMillis / 4 || this.#absent.has(task.name)) return;
    this.#waited = 0;
    try {
      await task.run(signal);
    } catch (error) {
      if (!(error instanceof FetchError) || error.unreachable || task.name === 'metrics')
        throw error;
      if (error.failure === 'not-found') this.#absent.add(task.name);
      this.failure = error.message;
    }
    if (this.#waited > 0) task.pace.answered(this.#waited);
    task.dueAt = start + task.pace.intervalMillis;
  }

  #diagnoseIfDue(): void {
    const start = this.#clock.now();
    if (start < this.#diagnoseAt) return;
    const before = performance.now();
    this.#model.diagnose();
    const took = performance.now() - before;
    this.#diagnoseAt = start + Math.max(DIAGNOSE_MILLIS, took / DIAGNOSE_SHARE);
  }

  /** Only what the target took: decoding is ours. */
  async #timed<T>(ask: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const answer = await ask();
    this.#waited = performance.now() - start;
    return answer;
  }

  /** A target that does not answer, or answers with something else, is told and asked again. */
  async #tolerate(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof FetchError) && !(error instanceof DecodeError)) throw error;
      this.failure = messageOf(error);
      // Whatever answers next may be another process, with other sources of metrics.
      if (error instanceof FetchError && error.unreachable) this.#target.restarted();
    }
  }

  #sleep(millis: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(millis, AbortSignal.any([signal, this.#wake.signal]));
  }
}
