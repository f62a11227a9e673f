/** The tables of `whygo top` as lines: head, rows with the selected one in sight, and its detail. */
import { formatHuman } from '../../base/units.ts';
import type { Frame } from '../../explain/frames.ts';
import type { Style } from '../terminal.ts';
import {
  bar,
  cutName,
  fitLine,
  type Line,
  left,
  printable,
  right,
  type Span,
  span,
} from '../tui/text.ts';
import type { TopModel } from './model.ts';
import {
  type FunctionRow,
  type FunctionTable,
  filterFunctions,
  filterGroups,
  type GroupRow,
  sortFunctions,
  sortGroups,
} from './rows.ts';
import type { TopView } from './view.ts';

export interface Lines {
  readonly lines: readonly Line[];
  readonly detail: readonly Line[];
}

const MOST_DETAIL = 12;

export function groupLines(model: TopModel, view: TopView, columns: number, room: number): Lines {
  const rows = sortGroups(filterGroups(model.groups, view.filter), view.groupSort, view.reversed);
  const forState = columns >= 110 ? 22 : 16;
  const width = Math.max(20, columns - 29 - forState);
  const forRoot = columns >= 110 ? Math.floor(width / 3) : 0;
  const forFunction = width - forRoot;
  const head: readonly (readonly [string, boolean])[] = [
    [right('COUNT', 8), view.groupSort === 'count'],
    [right('CHANGE', 8), view.groupSort === 'change'],
    [`  ${left('STATE', forState)}`, view.groupSort === 'state'],
    [right('WAIT', 8), view.groupSort === 'wait'],
    [`  ${left('WAITS OR RUNS IN', forFunction - 2)}`, view.groupSort === 'function'],
    [forRoot > 0 ? 'BEGAN IN' : '', false],
  ];
  const cellsOf = (row: GroupRow): readonly Span[] => {
    const change = row.change === 0 ? '' : `${row.change > 0 ? '+' : ''}${row.change}`;
    const wait = Number.isNaN(row.waitMinutes)
      ? '-'
      : row.waitMinutes === 0
        ? '<1 min'
        : `${row.waitMinutes} min`;
    const state = `${row.inferred ? '~' : ''}${printable(row.state)}`;
    return [
      span(right(String(row.count), 8), 'bold'),
      span(right(change, 8), row.change > 0 ? 'yellow' : 'dim'),
      span(`  ${left(state, forState)}`),
      span(right(wait, 8), 'dim'),
      ...placeSpans(row.function, row.file, row.line, forFunction),
      span(forRoot > 0 ? cutName(printable(row.root), forRoot - 1) : '', 'dim'),
    ];
  };
  const detail = (row: GroupRow): readonly Line[] => stackLines(row.stack, columns);
  return table({ head, rows, cellsOf, detail, view, columns, room });
}

export function functionLines(
  functions: FunctionTable,
  view: TopView,
  columns: number,
  room: number,
): Lines {
  const rows = sortFunctions(
    filterFunctions(functions.rows, view.filter),
    view.functionSort,
    view.reversed,
  );
  const width = Math.max(20, columns - 40);
  const head: readonly (readonly [string, boolean])[] = [
    [right('FLAT', 11), view.functionSort === 'flat'],
    [right('', 8), false],
    [right('CUM', 11), view.functionSort === 'cum'],
    [right('', 8), false],
    [`  ${left('FUNCTION', width - 2)}`, view.functionSort === 'function'],
  ];
  const share = (value: number) =>
    right(functions.total > 0 ? `${((100 * value) / functions.total).toFixed(1)} %` : '', 8);
  const cellsOf = ({ name, file, line, flat, cum }: FunctionRow): readonly Span[] => [
    span(right(formatHuman(flat, functions.unit), 11), 'bold'),
    span(share(flat), 'dim'),
    span(right(formatHuman(cum, functions.unit), 11)),
    span(share(cum), 'dim'),
    ...placeSpans(name, file, line, width),
  ];
  const detail = ({ name, file, line }: FunctionRow): readonly Line[] => [
    [span(`   ${printable(name)}`, 'bold')],
    [span(`   ${printable(file)}:${line}`, 'cyan')],
  ];
  return table({ head, rows, cellsOf, detail, view, columns, room });
}

/** Name, and where there is room the file's last two parts and the line. */
function placeSpans(name: string, file: string, line: number, width: number): readonly Span[] {
  const short = file.split('/').slice(-2).join('/');
  const place = short === '' ? '' : `  ${printable(short)}${line > 0 ? `:${line}` : ''}`;
  const forPlace = width >= 60 ? Math.min(place.length, Math.floor(width / 2)) : 0;
  const forName = width - 4 - forPlace;
  const shown = cutName(printable(name), forName);
  const shownPlace = forPlace > 0 ? place : '';
  const pad = Math.max(1, width - 2 - shown.length - shownPlace.length);
  return [span(`  ${shown}`), span(`${shownPlace}${' '.repeat(pad)}`, 'cyan')];
}

function stackLines(stack: readonly Frame[], columns: number): readonly Line[] {
  const shown = stack.slice(0, MOST_DETAIL).map((frame): Line => {
    const style: Style = frame.origin === 'own' ? 'bold' : 'dim';
    const place = `  ${printable(frame.file)}:${frame.line}`;
    return fitLine([span(`   ${printable(frame.function)}`, style), span(place, 'cyan')], columns);
  });
  const more = stack.length - shown.length;
  return more > 0 ? [...shown, [span(`   … ${more} more frames`, 'dim')]] : shown;
}

interface TableParts<Row> {
  /** Cells of the head; the one that it is sorted by is marked. */
  readonly head: readonly (readonly [string, boolean])[];
  readonly rows: readonly Row[];
  readonly cellsOf: (row: Row) => readonly Span[];
  readonly detail: (row: Row) => readonly Line[];
  readonly view: TopView;
  readonly columns: number;
  readonly room: number;
}

function table<Row>({ head, rows, cellsOf, detail, view, columns, room }: TableParts<Row>): Lines {
  const selected = Math.min(view.selected, Math.max(0, rows.length - 1));
  const row = rows[selected];
  const below = view.detail && row !== undefined ? detail(row) : [];
  const forRows = Math.max(1, room - 1 - below.length);
  const first = Math.max(0, Math.min(selected - Math.floor(forRows / 2), rows.length - forRows));
  const titles = head.map(([text, isSort]) => span(text, isSort ? ['bold', 'underline'] : 'dim'));
  const lines = rows.slice(first, first + forRows).map((one, i): Line => {
    const line = cellsOf(one);
    return first + i === selected ? bar(line, 'inverse', columns) : line;
  });
  const nothing: Line = [
    span(view.filter === '' ? '   nothing yet' : `   nothing with “${view.filter}”`, 'dim'),
  ];
  return { lines: [titles, ...(lines.length > 0 ? lines : [nothing])], detail: below };
}
