/** Words and columns that the printers of this room share. Plain text, without colour. */
import type { GoroutineGroup } from './group.ts';
import type { Frame } from './table.ts';

/** Package of a frame of the standard library; undefined for all others. */
export type StandardPackage = (frame: Frame) => string | undefined;

const WIDEST = 40;

export interface Column {
  readonly name: string;
  readonly isRight?: boolean;
}

/** Rows of cells under their names; `blocks` are the lines of the last, ragged column. */
export function tableText(
  columns: readonly Column[],
  rows: readonly { readonly cells: readonly string[]; readonly block: readonly string[] }[],
  lastColumn: string,
): string[] {
  const widths = columns.map(({ name }, i) => {
    const lengths = rows.map(({ cells }) => Math.min(cells[i]?.length ?? 0, WIDEST));
    return Math.max(name.length, ...lengths);
  });
  const line = (cells: readonly string[], rest: string): string =>
    [
      ...columns.map(({ isRight }, i) => {
        const cell = cells[i] ?? '';
        return isRight === true ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
      }),
      rest,
    ].join('  ');
  const indent = ' '.repeat(widths.reduce((sum, width) => sum + width + 2, 0));
  const head = line(
    columns.map(({ name }) => name),
    lastColumn,
  );
  return [
    head.trimEnd(),
    ...rows.flatMap(({ cells, block: [first = '', ...rest] }) => [
      line(cells, first).trimEnd(),
      ...rest.map((text) => indent + text),
    ]),
  ];
}

export function stateText({ state, leaked, lockedToThread }: GoroutineGroup): string {
  const mark = leaked ? ' (leaked)' : '';
  return `${state === '' ? '-' : state}${mark}${lockedToThread ? ', locked' : ''}`;
}

export function waitText({ min, max }: { readonly min: number; readonly max: number }): string {
  if (max === 0) return '-';
  return min === max ? `${max} min` : `${min}-${max} min`;
}

/** A group's stack with the standard library folded, its creator and its labels. */
export function stackLines(group: GoroutineGroup, standard: StandardPackage): string[] {
  const lines = foldedFrames(group.stack, standard);
  if (group.createdBy !== undefined) lines.push(`created by ${frameText(group.createdBy)}`);
  if (group.labels.length > 0) {
    const labels = group.labels.map(([key, value]) => `${word(key)}=${JSON.stringify(value)}`);
    lines.push(`labels ${labels.join(' ')}`);
  }
  return lines;
}

/**
 * Runs of standard-library frames become one line, and so do repeats of one frame; a stack of nothing
 * but the library keeps its leaf. Where every goroutine ends, in runtime.goexit, is left out.
 */
export function foldedFrames(frames: readonly Frame[], standard: StandardPackage): string[] {
  const endsInExit = frames.length > 1 && frames.at(-1)?.function === 'runtime.goexit';
  const stack = endsInExit ? frames.slice(0, -1) : frames;
  const packages = stack.map(standard);
  const keepsLeaf = packages.every((name) => name !== undefined);
  const lines: string[] = [];
  for (let i = 0; i < stack.length; ) {
    let end = i;
    while (end < stack.length && packages[end] !== undefined) end++;
    const folds = end - i > 1 && !(keepsLeaf && i === 0);
    if (folds) {
      const names = [...new Set(packages.slice(i, end))];
      lines.push(`… ${end - i} frames of ${names.join(', ')}`);
      i = end;
    } else {
      const repeats = repeatsAt(stack, i);
      lines.push(repeats > 2 ? `${frameText(stack[i])}  (${repeats} times)` : frameText(stack[i]));
      i += repeats > 2 ? repeats : 1;
    }
  }
  return lines;
}

/** How often the frame stands there in a row, as in recursion. */
function repeatsAt(stack: readonly Frame[], start: number): number {
  const { function: name, file, line } = stack[start];
  let end = start + 1;
  while (stack[end]?.function === name && stack[end].line === line && stack[end].file === file)
    end++;
  return end - start;
}

/** The first frame that is not of the standard library, or the leaf. */
export function ownFrame(stack: readonly Frame[], standard: StandardPackage): Frame | undefined {
  return stack.find((frame) => standard(frame) === undefined) ?? stack[0];
}

export function frameText({ function: name, file, line }: Frame): string {
  return file === '' ? name : `${name}  ${file}:${line}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names and labels are the target's: none of their bytes may command the terminal. */
export function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd').toWellFormed();
}

/** A label's key; quoted when it is more than a word. */
function word(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
}
