/** One case on both sides: our answer in this process, pprof's from its cache. */
import { gunzipSync } from 'node:zlib';
import { timeFormats } from '../../../src/cli/pprof/gotime.ts';
import type { PprofIo } from '../../../src/cli/pprof/io.ts';
import { runPprof } from '../../../src/cli/pprof/main.ts';
import type { Case } from './matrix.ts';
import { type Answer, ENVIRONMENT, type Peer } from './peer.ts';

/** Answers that pprof is asked for where it disagrees with itself. */
const ATTEMPTS = 6;
/** Answers that must all be the same before a difference counts: two orders of a map can agree by chance. */
const AGREEMENT = 40;

export interface Outcome {
  /**
   * 'equal': to an answer of pprof. 'reordered': pprof disagrees with itself, and ours has the same
   * lines in another order. 'undecided': it disagrees with itself in more than order. 'different'.
   */
  readonly verdict: 'equal' | 'reordered' | 'undecided' | 'different';
  readonly ours: Answer;
  readonly theirs: Answer;
}

/** Runs ours in this process. */
export async function runOurs(
  args: readonly string[],
  script = '',
  env: Readonly<Record<string, string>> = ENVIRONMENT,
): Promise<Answer & { readonly stderr: string }> {
  const pieces: Buffer[] = [];
  const times = timeFormats(env.TZ);
  let stderr = '';
  const io: PprofIo = {
    write: (piece) => pieces.push(Buffer.from(piece)),
    message: (text) => {
      stderr += `${text}\n`;
    },
    readStdin: () => new Uint8Array(0),
    env,
    cwd: process.cwd(),
    isTerminal: false,
    formatTime: times.short,
    formatLongTime: times.long,
  };
  const status = await runPprof(args, io, () => Promise.resolve(typed(script, io)));
  return { status, stdout: Buffer.concat(pieces), stderr };
}

/** The lines of a script, with the prompts that pprof prints without a terminal. */
function typed(script: string, io: PprofIo) {
  const lines = script.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return {
    readLine: (prompt: string) => {
      io.write(prompt);
      return Promise.resolve(lines.shift());
    },
    close: () => undefined,
  };
}

export async function compare(peer: Peer, one: Case): Promise<Outcome> {
  const { args, script } = one;
  const ours = plain(await runOurs(args, script), args);
  const first = plain(await peer.answer(args, 0, script), args);
  if (same(ours, first)) return { verdict: 'equal', ours, theirs: first };
  const answers = [first];
  let unstable = false;
  for (let n = 1; n < ATTEMPTS || (n < AGREEMENT && !unstable); n++) {
    const theirs = plain(await peer.answer(args, n, script), args);
    if (same(ours, theirs)) return { verdict: 'equal', ours, theirs };
    unstable ||= !same(theirs, first);
    answers.push(theirs);
  }
  const reordered = answers.some((answer) => sortedLines(answer) === sortedLines(ours));
  const verdict = unstable ? (reordered ? 'reordered' : 'undecided') : 'different';
  return { verdict, ours, theirs: first };
}

/** Lines in no order, without the numbers that nodes (dot) and names (callgrind) get by their order. */
function sortedLines(answer: Answer): string {
  const text = answer.stdout.toString('utf8');
  const unnumbered = text
    .replaceAll(/\bN\d+(_\d+)?\b/g, 'N')
    .replaceAll(/id="(node|edge)\d+"/g, '')
    .replaceAll(/^(c?f[nli]|c?ob)=\(\d+\)( .*)?$/gm, (_, key, name) => `${key}${name ?? ''}`);
  return unnumbered.split('\n').sort().join('\n');
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
