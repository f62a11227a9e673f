/**
 * A dump as text: its groups (count, state, wait, stack), or clusters of them; then data races, who
 * waits for which lock, and what was not understood.
 *
 * What a frame's package is, and whether it is the standard library's, is the caller's to say.
 */
import { clusterGoroutines, type GoroutineCluster, type GroupBy } from './cluster.ts';
import type { LocalVariable } from './delve.ts';
import { type GoroutineGroup, groupGoroutines } from './group.ts';
import { printedWaits } from './print-waits.ts';
import { framesOf, type GoroutineTable, goroutineCount, latestDump } from './table.ts';
import {
  counted,
  foldedFrames,
  frameText,
  ownFrame,
  printable,
  type StandardPackage,
  stackLines,
  stateText,
  tableText,
  waitText,
} from './text.ts';

export interface PrintOptions {
  readonly by?: GroupBy;
  /** Also wait groups, conditions and channels, not only locks. */
  readonly allWaits?: boolean;
  /** By goroutine id: variables that a debugger read. */
  readonly variables?: ReadonlyMap<number, readonly LocalVariable[]>;
}

const SHOWN_COMPLAINTS = 5;
const SHOWN_GROUPS = 3;
const SHOWN_VARIABLES = 12;

/** The whole report, with a line end. */
export function printGoroutines(
  table: GoroutineTable,
  standard: StandardPackage,
  { by = 'stack', allWaits = false, variables = new Map() }: PrintOptions = {},
): string {
  const rows = latestDump(table);
  const groups = groupGoroutines(table, { rows });
  const total = goroutineCount(table, rows);
  const lines = [`${counted(total, 'goroutine')} in ${counted(groups.length, 'group')}`];
  if (table.races.length > 0) lines.push(...printedRaces(table, standard));
  const onlyRaces = table.races.length > 0 && rows.to - rows.from === table.length;
  if (groups.length > 0 && !onlyRaces) {
    const body =
      by === 'stack' ? groupRows(groups, standard, variables) : clusterRows(table, by, standard);
    lines.push('', ...body);
  }
  lines.push(...printedWaits(table, rows, allWaits));
  lines.push(...complaints(table));
  return `${lines.map(printable).join('\n')}\n`;
}

const GROUP_COLUMNS = [{ name: 'COUNT', isRight: true }, { name: 'STATE' }, { name: 'WAIT' }];

function groupRows(
  groups: readonly GoroutineGroup[],
  standard: StandardPackage,
  variables: ReadonlyMap<number, readonly LocalVariable[]>,
): string[] {
  const rows = groups.map((group) => ({
    cells: [`${group.count}`, stateText(group), waitText(group.waitMinutes)],
    block: [...stackLines(group, standard), ...variableLines(group, standard, variables)],
  }));
  return tableText(GROUP_COLUMNS, rows, 'STACK');
}

/** The variables of one goroutine of the group, of frames outside of the standard library. */
function variableLines(
  { ids, stack }: GoroutineGroup,
  standard: StandardPackage,
  variables: ReadonlyMap<number, readonly LocalVariable[]>,
): string[] {
  const id = ids.find((one) => variables.has(one));
  const own = (id === undefined ? [] : (variables.get(id) ?? [])).filter(
    ({ frame }) => stack[frame] !== undefined && standard(stack[frame]) === undefined,
  );
  if (own.length === 0) return [];
  const shown = own.slice(0, SHOWN_VARIABLES);
  const more = own.length - shown.length;
  return [
    `in goroutine ${id}:`,
    ...shown.map(({ frame, name, type, value }) => {
      return `  ${stack[frame].function}: ${name} ${type} = ${value}`;
    }),
    ...(more > 0 ? [`  and ${counted(more, 'variable')} more`] : []),
  ];
}

function clusterRows(table: GoroutineTable, by: GroupBy, standard: StandardPackage): string[] {
  const clusters = clusterGoroutines(table, by, { rows: latestDump(table) });
  if (by === 'similar') return similarRows(clusters, standard);
  const rows = clusters.map((cluster) => {
    const shown = cluster.groups.slice(0, SHOWN_GROUPS).map((group) => {
      const frame = ownFrame(group.stack, standard);
      return `${group.count} × ${frame === undefined ? '-' : frameText(frame)}  [${stateText(group)}]`;
    });
    const more = cluster.groups.length - shown.length;
    const name = cluster.key === '' ? '(none)' : cluster.key;
    return {
      cells: [`${cluster.count}`, waitText(cluster.waitMinutes)],
      block: [
        name,
        ...shown.map((line) => `  ${line}`),
        ...(more > 0 ? [`  and ${counted(more, 'group')} more`] : []),
      ],
    };
  });
  const columns = [{ name: 'COUNT', isRight: true }, { name: 'WAIT' }];
  return tableText(columns, rows, by.toUpperCase());
}

function similarRows(clusters: readonly GoroutineCluster[], standard: StandardPackage): string[] {
  const rows = clusters.map(({ count, waitMinutes, groups }) => {
    const lines = stackLines(groups[0], standard);
    if (groups.length > 1) lines.push(`and ${counted(groups.length - 1, 'variant')} of it`);
    return { cells: [`${count}`, stateText(groups[0]), waitText(waitMinutes)], block: lines };
  });
  return tableText(GROUP_COLUMNS, rows, 'STACK');
}

function printedRaces(table: GoroutineTable, standard: StandardPackage): string[] {
  const lines: string[] = [];
  table.races.forEach((race, i) => {
    lines.push('', `data race ${i + 1} of ${table.races.length} (line ${race.line})`);
    for (const { kind, isPrevious, address, row } of race.accesses) {
      const who = table.ids[row] === 0 ? 'the main goroutine' : `goroutine ${table.ids[row]}`;
      lines.push(`  ${isPrevious ? 'previous ' : ''}${kind} of ${address} by ${who}`);
      lines.push(
        ...foldedFrames(framesOf(table, table.stack[row]), standard).map((f) => `    ${f}`),
      );
    }
    if (race.location !== '') lines.push(`  ${race.location}`);
    for (const { id, state, stack } of race.goroutines) {
      const [created] = stack < 0 ? [] : framesOf(table, stack);
      const where = created === undefined ? 'not said where' : frameText(created);
      lines.push(`  goroutine ${id} (${state}) created by ${where}`);
    }
  });
  return lines;
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
      ({ offset, line, reason, text }) =>
        `  line ${line}, byte ${offset}: ${reason}: ${JSON.stringify(text)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
