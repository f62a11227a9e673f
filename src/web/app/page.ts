/**
 * What every view of the page shares, handed down by context: where it is, what it can be told, and
 * what the server said last. Made once in main.tsx; there are no other globals.
 */
import type { ReadonlySignal, Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Services } from '../../api/wire.ts';
import type { ServerApi } from '../data/server.ts';
import type { ProfileSource } from '../data/source.ts';
import type { CommandTable } from './commands.ts';
import type { Navigation } from './history.ts';
import type { Question } from './loaded.ts';
import type { PprofPage } from './pprofpage.ts';

export interface Page {
  readonly history: Navigation;
  readonly commands: CommandTable;
  readonly api: ServerApi;
  readonly services: Question<Services>;
  /** A dropped file; undefined = none was dropped. */
  readonly file: Signal<ProfileSource | undefined>;
  /** Set on the page of `whygo pprof -http`; then there are no services. */
  readonly pprof: PprofPage | undefined;
  /** Unix milliseconds on the server's clock at the last answer, plus what passed since then. */
  readonly now: () => number;
  /** Counts up with every poll: what shows live data reads it to ask again. */
  readonly beat: ReadonlySignal<number>;
  readonly mac: boolean;
  /** Says something once: shown for a few seconds and read by screen readers. */
  readonly announce: (text: string) => void;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error('usePage outside of PageContext');
  return page;
}
