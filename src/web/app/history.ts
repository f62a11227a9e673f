/**
 * The view state as a signal that is one with the address bar.
 *
 * A change is a step that Back undoes ('push') or a refinement of the current one ('replace'): drags,
 * typing, live time. Nothing else in the page writes history. Replacing is throttled, because
 * browsers refuse more than about 100 changes in 30 s.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { decodePprofView, encodePprofView, isPprofPath } from './pprofurl.ts';
import { decodeView, encodeView, type ViewState } from './url.ts';

export type HistoryStep = 'push' | 'replace';

const REPLACE_EVERY_MS = 350;

/** How addresses and view states belong together. */
interface Addresses {
  read(): ViewState;
  /** Relative to the page. */
  write(view: ViewState): string;
}

const WITH_QUERIES: Addresses = {
  read: () => decodeView(location.search),
  write: (view) => `${location.pathname}${encodeView(view)}`,
};

const AS_PPROF: Addresses = {
  read: () => decodePprofView(location.pathname, location.search),
  write: encodePprofView,
};

/** What views need of it: where they are, and how to go elsewhere. */
export interface Navigation {
  readonly view: ReadonlySignal<ViewState>;
  /** Changes the view. Equal states make no history. */
  go(change: Partial<ViewState>, step?: HistoryStep): void;
  /** The address of a view, for links: middle click and copying work like anywhere else. */
  href(change: Partial<ViewState>): string;
  /** Writes a waiting replacement to the address bar now. */
  flush(): void;
}

export class ViewHistory implements Navigation {
  private readonly addresses = isPprofPath(location.pathname) ? AS_PPROF : WITH_QUERIES;
  private readonly state = signal<ViewState>(this.addresses.read());
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When the address bar was last replaced, on performance.now()'s clock. */
  private written = -REPLACE_EVERY_MS;

  readonly view: ReadonlySignal<ViewState> = this.state;

  constructor() {
    addEventListener('popstate', () => {
      this.cancelTimer();
      this.state.value = this.addresses.read();
    });
    addEventListener('pagehide', () => this.flush());
  }

  go(change: Partial<ViewState>, step: HistoryStep = 'push'): void {
    const before = this.addresses.write(this.state.peek());
    const next = { ...this.state.peek(), ...change };
    const address = this.addresses.write(next);
    if (address === before) {
      this.state.value = next;
      return;
    }
    if (step === 'push') {
      this.flush();
      history.pushState(null, '', address);
    }
    this.state.value = next;
    if (step === 'replace') {
      const wait = Math.max(0, this.written + REPLACE_EVERY_MS - performance.now());
      this.timer ??= setTimeout(() => this.flush(), wait);
    }
  }

  href(change: Partial<ViewState>): string {
    return this.addresses.write({ ...this.state.value, ...change });
  }

  flush(): void {
    if (this.timer === undefined) return;
    this.cancelTimer();
    this.written = performance.now();
    history.replaceState(null, '', this.addresses.write(this.state.peek()));
  }

  private cancelTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
