/**
 * What a terminal may be shown: colour and progress go to terminals only, colour never with
 * NO_COLOR (no-color.org). Lines are as wide as the terminal, 100 columns in a pipe.
 */
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
  line(text?: string): void;
  style(style: Style, text: string): string;
}

export function outputOf(stream: NodeJS.WriteStream): Output {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const isTerminal = stream.isTTY === true;
  const unwanted = (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb';
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const colours = !unwanted && (isTerminal || forced);
  stream.on('error', passOverClosedPipe);
  return {
    isTerminal,
    columns: isTerminal ? stream.columns : 100,
    write: (text) => void stream.write(text),
    line: (text = '') => void stream.write(`${text}\n`),
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Whoever reads (`head`, a pager) may have seen enough; there is nobody left to tell. */
function passOverClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

export const stdout: Output = outputOf(process.stdout);
export const stderr: Output = outputOf(process.stderr);

/** A line on standard error that is rewritten in place; nothing when that is not a terminal. */
export class Progress {
  #shown = false;

  show(text: string): void {
    if (!stderr.isTerminal) return;
    stderr.write(`\r\u001B[2K${clip(text, stderr.columns - 1)}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) stderr.write('\r\u001B[2K');
    this.#shown = false;
  }
}

/** Cut to a width, with an ellipsis. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Words of a text in lines of at most `width`; each but the first has `indent` before it. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines.join(`\n${indent}`);
}
