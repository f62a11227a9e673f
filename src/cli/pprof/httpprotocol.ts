/** What the page's server says to the worker that holds the profile, and what it hears. */
import type { CommandLine } from './source.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly line: CommandLine;
}

export type Ask =
  /** A question of src/api/pprofpage.ts, or a change: `reload`, `base`, `nobase`, …. */
  {
    readonly id: number;
    readonly name: string;
    readonly params: string;
    readonly body?: Uint8Array;
  };

export type Failure =
  | {
      readonly kind: 'user';
      readonly code: string;
      readonly message: string;
      readonly next: string;
    }
  /** The message is a stack. */
  | { readonly kind: 'bug'; readonly message: string };

export type Told =
  /** The profile is there. */
  | { readonly kind: 'opened' }
  /** It cannot be had; the message is pprof's. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly content: string | Uint8Array }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };
