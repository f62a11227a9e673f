/**
 * An answer that arrives later and may be asked for again: loading, ready, or failed.
 *
 * A failure keeps the last good answer beside it, so that a server that restarts does not blank the
 * page. Only one request is under way at a time; a new question cancels the old one. Not a cache.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { UserError } from '../../base/errors.ts';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: UserError; readonly last: T | undefined };

/** The newest good answer, if there ever was one. */
export function lastOf<T>(loaded: Loaded<T>): T | undefined {
  if (loaded.state === 'ready') return loaded.value;
  return loaded.state === 'failed' ? loaded.last : undefined;
}

export class Question<T> {
  private readonly state = signal<Loaded<T>>({ state: 'loading' });
  private abort: AbortController | undefined;

  readonly answer: ReadonlySignal<Loaded<T>> = this.state;

  /**
   * Asks, and shows the answer unless another question came in between. `fresh` forgets the old
   * answer at once (it was about something else); without it the old one stays until the new one is
   * here. A thrown UserError becomes the failed state; anything else is a bug and is rethrown.
   */
  async ask(fetch: (signal: AbortSignal) => Promise<T>, fresh = false): Promise<void> {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    if (fresh) this.state.value = { state: 'loading' };
    try {
      const value = await fetch(abort.signal);
      if (!abort.signal.aborted) this.state.value = { state: 'ready', value };
    } catch (cause) {
      if (abort.signal.aborted) return;
      const last = lastOf(this.state.peek());
      if (!(cause instanceof UserError)) {
        const error = new UserError('page-bug', String(cause), 'Reload the page; please report it');
        this.state.value = { state: 'failed', error, last };
        throw cause;
      }
      this.state.value = { state: 'failed', error: cause, last };
    } finally {
      if (this.abort === abort) this.abort = undefined;
    }
  }

  /** True while a request is under way. */
  get busy(): boolean {
    return this.abort !== undefined;
  }

  stop(): void {
    this.abort?.abort();
    this.abort = undefined;
  }
}

/**
 * Calls `tick` at once and then every `ms` while the page is visible; a hidden page asks nothing.
 * Returns the stop.
 */
export function every(ms: number, tick: () => void): () => void {
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') tick();
  };
  tick();
  const timer = setInterval(whenVisible, ms);
  document.addEventListener('visibilitychange', whenVisible);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', whenVisible);
  };
}
