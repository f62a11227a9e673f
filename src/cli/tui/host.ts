/**
 * A whole-screen program on a terminal: draws lines, hears keys and sizes, and leaves the terminal as
 * it was, also after a crash. What is on the screen is made elsewhere, as lines.
 *
 * Only lines that changed are sent, in one write, so that a refresh of a few numbers costs a tenth of
 * a millisecond and some hundred bytes. A component library did the same in 20 ms (Ink 8, 160 × 50),
 * which alone would have been half of what these programs may use.
 *
 * Sequences: ECMA-48 and xterm's alternate screen (1049), cursor (25), synchronized output (2026).
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
  close(): void;
}

export interface ScreenOptions {
  /** A terminal. */
  readonly stream: NodeJS.WriteStream;
  onKey(key: string): void;
  onResize(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export function openScreen({ stream, onKey, onResize }: ScreenOptions): ScreenHost {
  const paint = outputOf(stream).style;
  const size = () => ({ columns: stream.columns || 80, rows: stream.rows || 24 });
  const keyboard = openKeyboard();
  const frame = new Frame();
  const leave = () => void stream.write(LEAVE);
  const listeners = {
    data: (chunk: Buffer) => keysOf(chunk.toString('utf8')).forEach(onKey),
    resize: () => {
      stream.write('\u001b[2J');
      frame.forget();
      onResize();
    },
  };
  stream.write(ENTER);
  process.on('exit', leave);
  keyboard?.on('data', listeners.data);
  stream.on('resize', listeners.resize);
  return {
    get size() {
      return size();
    },
    draw(lines) {
      const { columns, rows } = size();
      const shown = lines.slice(0, rows).map((line) => fitLine(line, columns));
      const changed = frame.next(paintLines(shown, paint).split('\n'));
      if (changed !== '') stream.write(changed);
    },
    close() {
      stream.off('resize', listeners.resize);
      keyboard?.off('data', listeners.data);
      keyboard?.setRawMode(false);
      keyboard?.pause();
      if (keyboard !== process.stdin) keyboard?.destroy();
      process.off('exit', leave);
      leave();
    },
  };
}

/** What is on the terminal, line by line; gives what must be sent to change it. */
export class Frame {
  #lines: readonly string[] = [];

  next(lines: readonly string[]): string {
    let changes = '';
    for (let row = 0; row < Math.max(lines.length, this.#lines.length); row++) {
      const line = lines[row] ?? '';
      if (line !== this.#lines[row])
        changes += `\u001b[${row + 1};1H\u001b[0m${line}\u001b[0m\u001b[K`;
    }
    this.#lines = lines;
    return changes === '' ? '' : `\u001b[?2026h${changes}\u001b[?2026l`;
  }

  /** Everything is to be sent again. */
  forget(): void {
    this.#lines = [];
  }
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
