/** The screen of `whygo top` on a terminal: keys in, pictures out, until it is left. */
import type { Lifetime } from '../lifetime.ts';
import { openScreen, type ScreenHost } from '../tui/host.ts';
import type { TopModel } from './model.ts';
import type { Sampler } from './sampler.ts';
import { topScreen } from './screen.ts';
import { pressed, type TopView } from './view.ts';

/** Our own CPU time is told over at least this long. */
const OWN_MILLIS = 10_000;

export class LiveTop {
  readonly #model: TopModel;
  readonly #sampler: Sampler;
  #view: TopView;
  #host: ScreenHost | undefined;
  #end: (() => void) | undefined;
  #own = Number.NaN;
  #ownSince: { readonly at: number; readonly micros: number } | undefined;

  constructor(model: TopModel, sampler: Sampler, view: TopView) {
    this.#model = model;
    this.#sampler = sampler;
    this.#view = view;
  }

  /** Resolves when the person quits or the lifetime ends. */
  async run(lifetime: Lifetime): Promise<void> {
    this.#end = () => lifetime.end();
    const host = openScreen({
      stream: process.stdout,
      onKey: (key) => this.#key(key),
      onResize: () => this.#draw(),
    });
    this.#host = host;
    try {
      this.#draw();
      await this.#sampler.run(lifetime.signal, () => {
        this.#measureOwn();
        this.#draw();
      });
    } finally {
      this.#host = undefined;
      host.close();
    }
  }

  #key(key: string): void {
    const next = pressed(this.#view, key);
    if (next === 'quit') {
      this.#end?.();
      return;
    }
    const before = this.#view;
    this.#view = next;
    const { everyMillis, profiling, exact, paused } = next;
    const asksOtherwise =
      before.everyMillis !== everyMillis ||
      before.profiling !== profiling ||
      before.exact !== exact ||
      before.paused !== paused;
    if (asksOtherwise) this.#sampler.ask({ everyMillis, profiling, exact, paused });
    this.#draw();
  }

  /** Begins after the first picture: loading is paid once. */
  #measureOwn(): void {
    const { user, system } = process.cpuUsage();
    const now = { at: performance.now(), micros: user + system };
    this.#ownSince ??= now;
    const elapsed = now.at - this.#ownSince.at;
    if (elapsed < OWN_MILLIS) return;
    this.#own = (now.micros - this.#ownSince.micros) / 1000 / elapsed;
    this.#ownSince = now;
  }

  #draw(): void {
    const host = this.#host;
    if (host === undefined) return;
    const { failure, cost, profilingNow } = this.#sampler;
    const status = { failure, cost, own: this.#own, profilingNow, now: Date.now() };
    host.draw(topScreen(this.#model, this.#view, status, host.size));
  }
}
