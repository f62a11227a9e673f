/**
 * What older Go versions count otherwise. Each holds for one profile type and until one version; where
 * the version is unknown nothing is said.
 *
 * From Go's release notes (go.dev/doc/go1.17, go1.18, go1.22, go1.25) and the code they name.
 */
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

interface Caveat {
  readonly kinds: readonly string[];
  /** The first minor version of Go that it holds for, and the first that it does not. */
  readonly from: number;
  readonly until: number;
  readonly text: string;
  readonly source: string;
}

const CAVEATS: readonly Caveat[] = [
  {
    kinds: ['block'],
    from: 0,
    until: 17,
    text: 'Until Go 1.17 block profiles preferred rare long waits: frequent short ones count too little.',
    source: 'go.dev/doc/go1.17; runtime/mprof.go, saveBlockEventStack (CL 299991)',
  },
  {
    kinds: ['cpu'],
    from: 0,
    until: 18,
    text: 'Until Go 1.18 one timer served the whole process: above about 2.5 busy cores samples are missing on Linux, and threads do not get them evenly.',
    source: 'go.dev/doc/go1.18; go.dev/issue/35057; runtime/signal_unix.go',
  },
  {
    kinds: ['mutex'],
    from: 0,
    until: 22,
    text: 'Until Go 1.22 a contended Unlock counted the wait of one goroutine, however many were waiting: a lock with a queue counts too little. Locks of the runtime itself are not in it.',
    source: 'go.dev/doc/go1.22; runtime/sema.go, semrelease1',
  },
  {
    kinds: ['mutex'],
    from: 22,
    until: 25,
    text: 'Waits for locks of the runtime itself are in this profile since Go 1.22, but until Go 1.25 not at the critical section that caused them.',
    source:
      'go.dev/doc/go1.25; runtime/mprof.go, mLockProfile; runtime/extern.go, runtimecontentionstacks',
  },
];

export function versionCaveat(reading: Reading): Note | undefined {
  const { goVersion, kind } = reading;
  if (goVersion === undefined) return undefined;
  const { minor, text } = goVersion;
  const caveat = CAVEATS.find(
    ({ kinds, from, until }) => kinds.includes(kind) && minor >= from && minor < until,
  );
  if (caveat === undefined) return undefined;
  return {
    id: 'go-version',
    level: 'caution',
    text: caveat.text,
    evidence: [`built with Go ${text}`],
    source: caveat.source,
  };
}
