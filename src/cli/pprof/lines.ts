/** Lines for the shell: from a terminal with history and completion, or from a script. */
import { readSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Completion } from './completion.ts';
import type { PprofIo } from './io.ts';
import type { ReadLine } from './shell.ts';

/** Reads lines of standard input. The prompt goes to standard output, as pprof's does. */
export function scriptLines(io: PprofIo): ReadLine {
  let buffered = Buffer.alloc(0);
  let ended = false;
  return (prompt) => {
    io.write(prompt);
    for (;;) {
      const end = buffered.indexOf(10);
      if (end >= 0 || (ended && buffered.length > 0)) {
        const line = buffered.subarray(0, end < 0 ? buffered.length : end).toString('utf8');
        buffered = end < 0 ? Buffer.alloc(0) : buffered.subarray(end + 1);
        return Promise.resolve(line);
      }
      if (ended) return Promise.resolve(undefined);
      const piece = Buffer.alloc(65536);
      const length = readSome(piece);
      ended = length === 0;
      buffered = Buffer.concat([buffered, piece.subarray(0, length)]);
    }
  };
}

function readSome(piece: Buffer): number {
  for (;;) {
    try {
      return readSync(0, piece);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Reads lines of a terminal, with the history of the session (100 lines, as pprof keeps). */
export function terminalLines(
  complete: (line: string) => Completion,
  flush: () => void,
): { readonly readLine: ReadLine; readonly close: () => void } {
  const terminal = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: true,
    historySize: 100,
    completer: complete,
  });
  let closed = false;
  const end = new Promise<undefined>((resolve) => {
    terminal.on('close', () => {
      closed = true;
      resolve(undefined);
    });
  });
  return {
    readLine(prompt) {
      flush();
      return closed ? Promise.resolve(undefined) : Promise.race([terminal.question(prompt), end]);
    },
    close: () => terminal.close(),
  };
}
