/**
 * `whygo pprof`: the command line of Go's pprof.
 *
 * Takes its arguments as they are; exit status 2 with one message when something fails, as pprof.
 */
import { writeSync } from 'node:fs';
import type { Profile } from '../../profile/profile.ts';
import { inputLimit, readDescriptor } from '../inputs.ts';
import { generateReport } from './driver.ts';
import { fetchProfiles } from './fetch.ts';
import { timeFormats } from './gotime.ts';
import { PprofError, type PprofIo } from './io.ts';
import type { ReadLine } from './shell.ts';
import { parseCommandLine } from './source.ts';
import { usageText } from './usage.ts';

/** Where the shell's lines come from. */
export interface ShellLines {
  readonly readLine: ReadLine;
  readonly close: () => void;
}

/** Runs one command line; gives the exit status. `lines` feeds the shell. */
export async function runPprof(
  argv: readonly string[],
  io: PprofIo,
  lines: (profile: Profile) => Promise<ShellLines>,
): Promise<number> {
  try {
    const line = parseCommandLine(argv, io);
    if ('usage' in line) {
      if (line.before !== '') io.message(line.before);
      io.message(usageText());
      if (line.after !== '') io.message(line.after);
      return line.status;
    }
    if (line.source.http !== '') {
      const { servePage } = await import('./http.ts');
      return await servePage(line, io);
    }
    const profile = await fetchProfiles(line.source, io);
    if (line.command !== undefined) {
      await generateReport(profile, line.command, line.config, io, false);
      return 0;
    }
    const { runShell } = await import('./shell.ts');
    const input = await lines(profile);
    await runShell(profile, line.config, input.readLine, io);
    input.close();
    return 0;
  } catch (error) {
    if (!(error instanceof PprofError)) throw error;
    io.message(error.message);
    return 2;
  }
}

/** Bytes of standard output at a time. */
const ROOM = 1 << 20;

/** The process's own surroundings. Standard output is written in large pieces. */
export function processIo(): PprofIo & { readonly flush: () => void } {
  const times = timeFormats(process.env.TZ);
  // One buffer for all that is written: text of gigabytes goes through it.
  const room = Buffer.allocUnsafe(ROOM);
  let used = 0;
  const flush = () => {
    writeAll(1, room.subarray(0, used));
    used = 0;
  };
  return {
    write(piece) {
      // No character of a string takes more than three bytes.
      const most = typeof piece === 'string' ? piece.length * 3 : piece.length;
      if (used + most > ROOM) flush();
      if (most > ROOM) {
        writeAll(1, typeof piece === 'string' ? Buffer.from(piece) : piece);
      } else if (typeof piece === 'string') {
        used += room.write(piece, used);
      } else {
        room.set(piece, used);
        used += piece.length;
      }
    },
    flush,
    message: (text) => writeAll(2, Buffer.from(text.endsWith('\n') ? text : `${text}\n`)),
    readStdin: () => readDescriptor(0, 'standard input', inputLimit(process.env)),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stdout.isTTY === true,
    formatTime: times.short,
    formatLongTime: times.long,
  };
}

/** Writes everything; a reader that went away ends it without complaint. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

export async function pprof(argv: readonly string[]): Promise<number> {
  const io = processIo();
  const terminal = process.env.TERM ?? '';
  const isTerminal = process.stdin.isTTY === true && terminal !== '' && terminal !== 'dumb';
  const status = await runPprof(argv, io, async (profile) => {
    // What only the shell needs is loaded for it alone.
    const { scriptLines, terminalLines } = await import('./lines.ts');
    if (!isTerminal) return { readLine: scriptLines(io), close: () => undefined };
    const { completer } = await import('./completion.ts');
    const { savedNames } = await import('./configcommand.ts');
    return terminalLines(
      completer(profile, () => savedNames(io)),
      io.flush,
    );
  });
  io.flush();
  return status;
}
