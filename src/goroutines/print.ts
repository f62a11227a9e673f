/**
 * Groups of goroutines as text: count, state, wait, then the stack with the standard library folded.
 *
 * Plain text without colour. What a frame's package is, and whether it is the standard library's, is
 * the caller's to say.
 */
import { type GoroutineGroup, groupGoroutines } from './group.ts';
import { type Frame, type GoroutineTable, goroutineCount } from './table.ts';

/** Package of a frame of the standard library; undefined for all others. */
export type StandardPackage = (frame: Frame) => string | undefined;

const SHOWN_COMPLAINTS = 5;
const WIDEST_STATE = 32;

/** The whole report, with a line end. */
export function printGoroutines(table: GoroutineTable, standard: StandardPackage): string {
  const groups = groupGoroutines(table);
  const total = goroutineCount(table);
  const lines = [`${counted(total, 'goroutine')} in ${counted(groups.length, 'group')}`];
  if (groups.length > 0) lines.push('', ...rowsOf(groups, standard));
  lines.push(...complaints(table));
  return `${lines.map(printable).join('\n')}\n`;
}

function rowsOf(groups: readonly GoroutineGroup[], standard: StandardPackage): string[] {
  const states = groups.map(stateOf);
  const waits = groups.map(waitOf);
  const count = Math.max(5, ...groups.map((group) => `${group.count}`.length));
  const state = Math.max(5, ...states.map((text) => Math.min(text.length, WIDEST_STATE)));
  const wait = Math.max(4, ...waits.map((text) => text.length));
  const head = `${'COUNT'.padStart(count)}  ${'STATE'.padEnd(state)}  ${'WAIT'.padEnd(wait)}  STACK`;
  const indent = ' '.repeat(count + state + wait + 6);
  const lines = [head];
  groups.forEach((group, i) => {
    const number = `${group.count}`.padStart(count);
    const text = states[i] ?? '';
    const [first = '', ...rest] = stackLines(group, standard);
    const cells = `${text.padEnd(state)}  ${(waits[i] ?? '').padEnd(wait)}`;
    lines.push(`${number}  ${cells}  ${first}`, ...rest.map((line) => indent + line));
  });
  return lines;
}

function stateOf(group: GoroutineGroup): string {
  const state = group.state === '' ? '-' : group.state;
  const leaked = group.leaked ? ' (leaked)' : '';
  return `${state}${leaked}${group.lockedToThread ? ', locked' : ''}`;
}

function waitOf({ waitMinutes: { min, max } }: GoroutineGroup): string {
  if (max === 0) return '-';
  return min === max ? `${max} min` : `${min}-${max} min`;
}

function stackLines(group: GoroutineGroup, standard: StandardPackage): string[] {
  const lines = foldedFrames(group.stack, standard);
  if (group.createdBy !== undefined) lines.push(`created by ${frameText(group.createdBy)}`);
  if (group.labels.length > 0) {
    const labels = group.labels.map(([key, value]) => `${word(key)}=${JSON.stringify(value)}`);
    lines.push(`labels ${labels.join(' ')}`);
  }
  return lines;
}

/** Runs of standard-library frames become one line; a stack of nothing else keeps its leaf. */
function foldedFrames(stack: readonly Frame[], standard: StandardPackage): string[] {
  const packages = stack.map(standard);
  const keepsLeaf = packages.every((name) => name !== undefined);
  const lines: string[] = [];
  for (let i = 0; i < stack.length; ) {
    const frame = stack[i];
    let end = i;
    while (end < stack.length && packages[end] !== undefined) end++;
    const folds = end - i > 1 && !(keepsLeaf && i === 0);
    if (folds) {
      const names = [...new Set(packages.slice(i, end))];
      lines.push(`… ${end - i} frames of ${names.join(', ')}`);
      i = end;
    } else {
      if (frame !== undefined) lines.push(frameText(frame));
      i++;
    }
  }
  return lines;
}

function frameText({ function: name, file, line }: Frame): string {
  return file === '' ? name : `${name}  ${file}:${line}`;
}

function complaints(table: GoroutineTable): string[] {
  const { notUnderstood, notUnderstoodCount } = table;
  if (notUnderstoodCount === 0) return [];
  const shown = notUnderstood.slice(0, SHOWN_COMPLAINTS);
  const more = notUnderstoodCount - shown.length;
  return [
    '',
    `${counted(notUnderstoodCount, 'part')} of the dump not understood:`,
    ...shown.map(
      ({ offset, reason, text }) => `  byte ${offset}: ${reason}: ${JSON.stringify(text)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A label's key; quoted when it is more than a word. */
function word(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Names and labels are the target's: none of their bytes may command the terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd').toWellFormed();
}
