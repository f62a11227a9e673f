/**
 * From the start of a long-running command to its end: signals, and what must be ended with it.
 *
 * The first SIGINT, SIGTERM or (unless it means something else) SIGHUP begins an orderly end; one that comes more than a second later
 * ends the process at once (at a terminal, one Ctrl-C can arrive twice: from the terminal and from a
 * parent that passes it on). Whatever was started is registered here, and ended in reverse order.
 */
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { stderr } from './terminal.ts';

type Stop = () => Promise<void> | void;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SAME_KEYPRESS_MS = 1000;

export class Lifetime {
  readonly #stops: { readonly stop: Stop; readonly force: () => void }[] = [];
  #askedAt = 0;
  readonly #controller = new AbortController();
  /** Resolves when a signal asks for the end. */
  readonly ended: Promise<void>;
  readonly #ending: string;
  readonly #hadTerminal = hasTerminal();
  #hangup: (() => void) | undefined;

  /** `ending` is what a person is told at the first Ctrl-C. */
  constructor(ending = 'ending') {
    this.#ending = ending;
    this.ended = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Aborts when the end begins. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `force` must not wait; it is called when the user insists. */
  add(stop: Stop, force: () => void = () => undefined): void {
    this.#stops.push({ stop, force });
  }

  /** From now on a SIGHUP does this, and ends nothing unless the terminal is gone. */
  onHangup(act: () => void): void {
    this.#hangup = act;
  }

  /** Begins the end by itself, as a signal would. */
  end(): void {
    if (this.#askedAt === 0) this.#askedAt = Date.now();
    this.#controller.abort();
  }

  /** Ends everything that was registered, the latest first. All are tried, then the first error is thrown. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const { stop } of this.#stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    if (errors.length > 0) throw errors[0];
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const terminalGone = this.#hadTerminal && !hasTerminal();
    if (signal === 'SIGHUP' && this.#hangup !== undefined && !terminalGone) {
      this.#hangup();
      return;
    }
    if (this.#askedAt === 0) {
      if (stderr.isTerminal) stderr.line(`\nwhygo: ${this.#ending} (Ctrl-C again to force)`);
      this.end();
    } else if (Date.now() - this.#askedAt > SAME_KEYPRESS_MS) {
      for (const { force } of this.#stops) force();
      process.exit(128 + constants.signals[signal]);
    }
  };
}

/** Whether there is a terminal that this process belongs to. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
