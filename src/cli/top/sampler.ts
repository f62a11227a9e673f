/**
 * Asks the target of `whygo top`, and keeps what that costs it within a budget.
 *
 * Metrics come at every refresh. Goroutine, heap, block and mutex profiles come as often as
 * their share of the budget, 1 % of a core in all, allows; the cost of a request is taken to be its
 * time beyond that of the quickest request, which is the way there and back. Profiles of the CPU
 * and exact states are asked for only when the person wants them.
 */
import { DecodeError, messageOf } from '../../base/errors.ts';
import { type Clock, nanosOf } from '../../collect/clock.ts';
import { nodeDecompressors } from '../../collect/decompress.ts';
import { FetchError } from '../../collect/fetch.ts';
import { captureTimes, type FetchedProfile, type Target } from '../../collect/target.ts';
import { decodeProfile } from '../../formats/compression.ts';
import { parseGoroutineDump } from '../../goroutines/parse.ts';
import type { TopModel } from './model.ts';

export interface Asking {
  readonly everyMillis: number;
  readonly profiling: boolean;
  readonly exact: boolean;
  readonly paused: boolean;
}

interface Task {
  readonly name: string;
  readonly baseMillis: number;
  /** Of the budget, which is a hundredth of a core. */
  readonly share: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  dueAt: number;
}

const BUDGET = 0.01;
const COST_WINDOW_MILLIS = 60_000;
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
  readonly #costs: { readonly at: number; readonly millis: number }[] = [];
  readonly #absent = new Set<string>();
  #quickest = Infinity;
  #asking: Asking;
  #wake = new AbortController();
  #began: number;
  #diagnoseAt: number;
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
    this.#began = clock.now();
    this.#diagnoseAt = this.#began + DIAGNOSE_MILLIS;
    const snapshot = (type: string, baseMillis: number, share: number): Task => {
      const run = (signal: AbortSignal) => this.#snapshot(type, signal);
      return { name: type, baseMillis, share, run, dueAt: 0 };
    };
    this.#tasks = [
      {
        name: 'goroutines',
        baseMillis: 2000,
        share: 0.5,
        run: (s) => this.#goroutines(s),
        dueAt: 0,
      },
      snapshot('heap', 10_000, 0.2),
      snapshot('block', 30_000, 0.1),
      snapshot('mutex', 30_000, 0.1),
    ];
  }

  /** Estimated cost of asking, in cores, over the last minute. */
  get cost(): number {
    const now = this.#clock.now();
    const elapsed = Math.min(COST_WINDOW_MILLIS, Math.max(1000, now - this.#began));
    const recent = this.#costs.filter(({ at }) => at > now - COST_WINDOW_MILLIS);
    return recent.reduce((sum, { millis }) => sum + millis, 0) / elapsed;
  }

  ask(asking: Asking): void {
    const exactChanged = asking.exact !== this.#asking.exact;
    this.#asking = asking;
    if (exactChanged) this.#taskNamed('goroutines').dueAt = 0;
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  /** One reading of everything that is due. Throws FetchError when the target cannot be reached. */
  async once(signal: AbortSignal): Promise<void> {
    await this.#metrics(signal);
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
    if (start < task.dueAt || this.#absent.has(task.name)) return;
    try {
      await task.run(signal);
    } catch (error) {
      if (!(error instanceof FetchError) || error.unreachable) throw error;
      if (error.failure === 'not-found') this.#absent.add(task.name);
      this.failure = error.message;
    }
    const took = this.#clock.now() - start;
    const cost = Math.max(0, took - Math.min(this.#quickest, took));
    task.dueAt = start + Math.max(task.baseMillis, cost / (BUDGET * task.share));
  }

  #diagnoseIfDue(): void {
    const start = this.#clock.now();
    if (start < this.#diagnoseAt) return;
    const before = performance.now();
    this.#model.diagnose();
    const took = performance.now() - before;
    this.#diagnoseAt = start + Math.max(DIAGNOSE_MILLIS, took / DIAGNOSE_SHARE);
  }

  async #timed<T>(ask: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const answer = await ask();
    const took = performance.now() - start;
    this.#quickest = Math.min(this.#quickest, took);
    this.#costs.push({ at: this.#clock.now(), millis: took - this.#quickest });
    if (this.#costs.length > 1000) this.#costs.shift();
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
    }
  }

  #taskNamed(name: string): Task {
    const task = this.#tasks.find((one) => one.name === name);
    if (task === undefined) throw new RangeError(`there is no task ${name}`);
    return task;
  }

  #sleep(millis: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(millis, AbortSignal.any([signal, this.#wake.signal]));
  }
}
