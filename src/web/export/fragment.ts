/**
 * The view state of a saved page: kept behind the `#` of its address, because a page that was opened
 * from a file may change nothing else of it.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { HistoryStep, Navigation } from '../app/history.ts';
import { decodeView, encodeView, type ViewState } from '../app/url.ts';

export class FragmentHistory implements Navigation {
  private readonly state = signal<ViewState>(decodeView(''));
  readonly view: ReadonlySignal<ViewState> = this.state;

  /** `first` is the query that the page was saved with. */
  constructor(first: string) {
    this.state.value = this.read(location.hash === '' ? first : location.hash.slice(1));
    addEventListener('popstate', () => {
      this.state.value = this.read(location.hash === '' ? first : location.hash.slice(1));
    });
  }

  go(change: Partial<ViewState>, step: HistoryStep = 'push'): void {
    const before = this.href({});
    this.state.value = { ...this.state.peek(), ...change, page: 'file' };
    const address = this.href({});
    if (address === before) return;
    if (step === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }

  href(change: Partial<ViewState>): string {
    return `#${encodeView({ ...this.state.value, ...change, page: 'file' }).slice(1)}`;
  }

  flush(): void {}

  private read(query: string): ViewState {
    return { ...decodeView(query), page: 'file', service: '' };
  }
}
