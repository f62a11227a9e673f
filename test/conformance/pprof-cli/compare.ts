/** One case on both sides: our answer in this process, pprof's from its cache. */
import { gunzipSync } from 'node:zlib';
import { formatLongTime, formatTime } from '../../../src/cli/pprof/gotime.ts';
import type { PprofIo } from '../../../src/cli/pprof/io.ts';
import { runPprof } from '../../../src/cli/pprof/main.ts';
import { type Answer, ENVIRONMENT, type Peer } from './peer.ts';

/** Further answers that pprof is asked for before a difference counts. */
const ATTEMPTS = 6;

export interface Outcome {
  readonly equal: boolean;
  /** Whether pprof gave different answers to the same question. */
  readonly unstable: boolean;
  readonly ours: Answer;
  readonly theirs: Answer;
}

/** Runs ours in this process. */
export function runOurs(args: readonly string[]): Answer & { readonly stderr: string } {
  const pieces: Buffer[] = [];
  let stderr = '';
  const io: PprofIo = {
    write: (piece) => pieces.push(Buffer.from(piece)),
    message: (text) => {
      stderr += `${text}\n`;
    },
    readStdin: () => new Uint8Array(0),
    env: ENVIRONMENT,
    cwd: process.cwd(),
    isTerminal: false,
    formatTime,
    formatLongTime,
  };
  const status = runPprof(args, io);
  return { status, stdout: Buffer.concat(pieces), stderr };
}

export async function compare(peer: Peer, args: readonly string[]): Promise<Outcome> {
  const ours = plain(runOurs(args), args);
  const first = plain(await peer.answer(args, 0), args);
  if (same(ours, first)) return { equal: true, unstable: false, ours, theirs: first };
  let unstable = false;
  for (let n = 1; n < ATTEMPTS; n++) {
    const theirs = plain(await peer.answer(args, n), args);
    if (!same(theirs, first)) unstable = true;
    if (same(ours, theirs)) return { equal: true, unstable, ours, theirs };
  }
  return { equal: false, unstable, ours, theirs: first };
}

/** What gzip wraps differs from one deflate to another; what is in it may not. */
function plain(answer: Answer, args: readonly string[]): Answer {
  const zipped = args.some((arg) => arg === '-proto' || arg === '-topproto');
  if (!zipped || answer.stdout.length === 0) return answer;
  return { ...answer, stdout: gunzipSync(answer.stdout) };
}

function same(a: Answer, b: Answer): boolean {
  return a.status === b.status && a.stdout.equals(b.stdout);
}
