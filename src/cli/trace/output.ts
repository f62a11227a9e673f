/** Where profiles, event lists and exports go: a file, or standard output. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { encodeUtf8 } from '../../base/utf8.ts';

const STDOUT = 1;
const TEXT_CHUNK = 1 << 16;

/** Calls `write` with a way to write; a reader that went away ends it without complaint. */
export function withOutput(
  output: string | undefined,
  write: (put: (bytes: Uint8Array) => void) => void,
): void {
  const file = output === undefined ? STDOUT : openSync(output, 'w');
  try {
    write((bytes) => writeAll(file, bytes));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  } finally {
    if (file !== STDOUT) closeSync(file);
  }
}

/** Each line with a newline behind it, many at a time. */
export function writeLines(output: string | undefined, lines: Iterable<string>): void {
  withOutput(output, (put) => {
    let text = '';
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < TEXT_CHUNK) continue;
      put(encodeUtf8(text));
      text = '';
    }
    put(encodeUtf8(text));
  });
}

/** Standard output may be a pipe that takes nothing for a while. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
