/** Two dumps compared, and growth over several, as text. */
import { compareDumps, type GroupChange } from './compare.ts';
import type { Dump } from './dumps.ts';
import { type GroupGrowth, growthOf } from './growth.ts';
import {
  counted,
  printable,
  type StandardPackage,
  stackLines,
  stateText,
  tableText,
  waitText,
} from './text.ts';

const SHOWN_COUNTS = 12;

/** Two dumps: who came, went and stayed, then the groups that changed. With a line end. */
export function printComparison(earlier: Dump, later: Dump, standard: StandardPackage): string {
  const found = compareDumps(earlier, later);
  const moves = found.hasIds
    ? `: ${found.created} new, ${found.gone} gone, ${found.stayed} unmoved, ${found.moved} elsewhere`
    : ' (no ids: only groups are compared)';
  const after = Number.isNaN(found.seconds) ? '' : ` ${durationText(found.seconds)} later`;
  const lines = [`${counted(found.before, 'goroutine')}, then ${found.after}${after}${moves}`];
  const changed = found.groups.filter(({ before, after: now }) => before !== now);
  if (changed.length > 0) lines.push('', ...changeRows(changed, standard));
  const same = found.groups.length - changed.length;
  if (same > 0) {
    const unmoved = found.groups.filter(({ before, after: now }) => before === now);
    const goroutines = unmoved.reduce((sum, { before }) => sum + before, 0);
    lines.push(
      '',
      `${counted(same, 'group')} of ${counted(goroutines, 'goroutine')} as large as before`,
    );
  }
  return `${lines.map(printable).join('\n')}\n`;
}

function changeRows(changes: readonly GroupChange[], standard: StandardPackage): string[] {
  const columns = ['CHANGE', 'BEFORE', 'AFTER', 'UNMOVED'].map((name) => ({ name, isRight: true }));
  const rows = changes.map(({ group, before, after, stayed }) => ({
    cells: [
      signed(after - before),
      `${before}`,
      `${after}`,
      `${stayed}`,
      stateText(group),
      waitText(group.waitMinutes),
    ],
    block: stackLines(group, standard),
  }));
  return tableText([...columns, { name: 'STATE' }, { name: 'WAIT' }], rows, 'STACK');
}

/** Three dumps and more: the groups that changed, with their count in each. With a line end. */
export function printGrowth(dumps: readonly Dump[], standard: StandardPackage): string {
  const { totals, times, groups } = growthOf(dumps);
  const seconds = ((times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN)) / 1000;
  const span = Number.isNaN(seconds) ? '' : ` over ${durationText(seconds)}`;
  const lines = [`${counted(totals.length, 'dump')}${span}: ${countsText(totals)} goroutines`];
  const changed = groups.filter(({ rises, falls }) => rises + falls > 0);
  if (changed.length > 0) lines.push('', ...growthRows(changed, standard));
  const same = groups.length - changed.length;
  if (same > 0) lines.push('', `${counted(same, 'group')} as large in all of them`);
  return `${lines.map(printable).join('\n')}\n`;
}

function growthRows(groups: readonly GroupGrowth[], standard: StandardPackage): string[] {
  const columns = [{ name: 'GROWTH', isRight: true }, { name: 'COUNTS' }, { name: 'STATE' }];
  const rows = groups.map(({ group, counts, growth }) => ({
    cells: [signed(growth), countsText(counts), stateText(group)],
    block: stackLines(group, standard),
  }));
  return tableText(columns, rows, 'STACK');
}

function countsText(counts: readonly number[]): string {
  if (counts.length <= SHOWN_COUNTS) return counts.join(' ');
  const half = SHOWN_COUNTS / 2;
  return `${counts.slice(0, half).join(' ')} … ${counts.slice(-half).join(' ')}`;
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : `${change}`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
