/** What a pprof command line runs in: where it writes, and what it knows of its surroundings. */
import type { FormatTime } from '../../report/pprof/report.ts';

export interface PprofIo {
  /** Standard output; several pieces in order. */
  readonly write: (piece: string | Uint8Array) => void;
  /** One message on standard error; a newline is added. */
  readonly message: (text: string) => void;
  /** Standard input, to its end. */
  readonly readStdin: () => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  readonly formatTime: FormatTime;
  /** The long form: `2006-01-02 15:04:05.999999999 -0700 MST`. */
  readonly formatLongTime: FormatTime;
}

/** Ends the command with pprof's message and exit status 2. */
export class PprofError extends Error {}
