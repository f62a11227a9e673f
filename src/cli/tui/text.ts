/**
 * Lines of a screen: runs of text with a style each. Pure: what draws a screen makes lines, so that a
 * test reads them as text, a pipe gets them plain, and a terminal in colour.
 *
 * A character counts as one cell. Text that a program or a target wrote goes through `printable`
 * first, or it could steer the terminal.
 */
import type { Style } from '../terminal.ts';

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

export const BLANK: Line = [];

/** Without control characters; a tab is a space. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replaceAll('\t', ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '');
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + cells(text), 0);
}

export function cells(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Cut to `width` with an ellipsis. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  return width <= 0 ? '' : `${[...text].slice(0, width - 1).join('')}…`;
}

/**
 * Long Go names are cut at the package side: what tells them apart is at their end.
 */
export function cutName(name: string, width: number): string {
  const slash = name.lastIndexOf('/');
  const short = cells(name) <= width || slash < 0 ? name : name.slice(slash + 1);
  if (cells(short) <= width) return short;
  return width <= 0 ? '' : `…${[...short].slice(1 - width).join('')}`;
}

export function left(text: string, width: number): string {
  const fitted = cut(text, width);
  return fitted + ' '.repeat(Math.max(0, width - cells(fitted)));
}

export function right(text: string, width: number): string {
  const fitted = cut(text, width);
  return ' '.repeat(Math.max(0, width - cells(fitted))) + fitted;
}

/** A line of exactly or at most `width`. */
export function fitLine(line: Line, width: number): Line {
  const fitted: Span[] = [];
  let rest = width;
  for (const part of line) {
    if (rest <= 0) break;
    const text = cut(part.text, rest);
    fitted.push({ ...part, text });
    rest -= cells(text);
  }
  return fitted;
}

/** The first at the left edge, the other at the right one, which is dropped where both do not fit. */
export function spread(begin: Line, end: Line, width: number): Line {
  const gap = width - widthOf(begin) - widthOf(end);
  return gap < 1 ? fitLine(begin, width) : [...begin, span(' '.repeat(gap)), ...end];
}

/** The line in one style over all its width. */
export function bar(line: Line, style: Style, width: number): Line {
  return [span(left(line.map(({ text }) => text).join(''), width), style)];
}

export type Paint = (style: Style, text: string) => string;

export function paintLines(lines: readonly Line[], paint: Paint): string {
  return lines
    .map((line) =>
      line
        .map(({ text, style }) => (style === undefined ? text : paint(style, text)))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** As a pipe or a test sees it. */
export function plainText(lines: readonly Line[]): string {
  return paintLines(lines, (_, text) => text);
}
