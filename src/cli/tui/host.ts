/**
 * A whole-screen program on a terminal: draws lines, hears keys and sizes, and leaves the terminal as
 * it was. Ink (loaded here and only here) keeps the alternate screen and sends what changed; what
 * is on the screen is made elsewhere, as lines.
 *
 * Cost: about 150 ms of CPU to load, some milliseconds for a frame of 160 × 50.
 */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { outputOf } from '../terminal.ts';
import { keysOf } from './keys.ts';
import { fitLine, type Line, paintLines } from './text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenHost {
  readonly size: ScreenSize;
  draw(lines: readonly Line[]): void;
  /** Gives the terminal back. */
  close(): Promise<void>;
}

export interface ScreenOptions {
  /** A terminal. */
  readonly stream: NodeJS.WriteStream;
  onKey(key: string): void;
  onResize(): void;
}

export async function openScreen(options: ScreenOptions): Promise<ScreenHost> {
  const { stream } = options;
  const [{ render, Text }, { createElement }] = await Promise.all([import('ink'), import('react')]);
  const paint = outputOf(stream).style;
  const size = () => ({ columns: stream.columns ?? 80, rows: stream.rows ?? 24 });
  const element = (text: string) => createElement(Text, {}, text);
  const app = render(element(' '), {
    stdout: stream,
    stdin: process.stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
  });
  const keyboard = openKeyboard();
  const onData = (chunk: Buffer) => {
    for (const key of keysOf(chunk.toString('utf8'))) options.onKey(key);
  };
  keyboard?.on('data', onData);
  stream.on('resize', options.onResize);
  return {
    get size() {
      return size();
    },
    draw(lines) {
      const { columns, rows } = size();
      const shown = lines.slice(0, rows).map((line) => fitLine(line, columns));
      app.rerender(element(paintLines(shown, paint)));
    },
    async close() {
      stream.off('resize', options.onResize);
      keyboard?.off('data', onData);
      keyboard?.setRawMode(false);
      keyboard?.pause();
      if (keyboard !== process.stdin) keyboard?.destroy();
      app.unmount();
      await app.waitUntilExit();
    },
  };
}

/** Standard input, or the terminal itself where that is a pipe; undefined = nobody can type. */
function openKeyboard(): ReadStream | undefined {
  const keyboard = process.stdin.isTTY ? process.stdin : openTerminal();
  if (keyboard === undefined) return undefined;
  keyboard.setRawMode(true);
  keyboard.resume();
  return keyboard;
}

function openTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    // No terminal to type at: in a container, or under a supervisor.
    return undefined;
  }
}
