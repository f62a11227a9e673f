/**
 * Annotated source of functions (report.printSource, internal/report/source.go of Go 1.26's pprof).
 *
 * Reading files is passed in: this only says which lines are shown, with which values.
 */
import { formatPercentage } from '../../base/units.ts';
import { compareStrings, padLeft } from './gotext.ts';
import { compareAllFields, type NodeInfo } from './nodeinfo.ts';
import { compareByName } from './order.ts';
import { formatReportValue, type Report, valueOrDot } from './report.ts';
import type { ReadSource, SourceListing, SourceRoutine, SourceRow } from './sourcemodel.ts';
import { untrimmedNodes } from './trim.ts';

/** A node with the values of one line. */
interface Place {
  readonly info: NodeInfo;
  readonly flat: number;
  readonly cum: number;
}

/** The functions that the report's expression matches (all without one), by name; maybe none. */
export function listSource(report: Report, readSource: ReadSource): SourceListing {
  const { symbol } = report.options;
  const { all, infoOf, values } = untrimmedNodes(report);
  const functions = new Map<string, Place[]>();
  for (const node of all) {
    const info = infoOf(node);
    if (symbol !== undefined && !symbol.matches(info.name)) continue;
    const place = { info, flat: values.flat[node] ?? 0, cum: values.cum[node] ?? 0 };
    const places = functions.get(info.name);
    if (places === undefined) functions.set(info.name, [place]);
    else places.push(place);
  }
  const byName = [...functions].sort(([a], [b]) => compareStrings(a, b));
  const routines = byName.flatMap(([name, places]) => {
    const files = byFile(places);
    if (files.length === 0) return [routine(name, '', places, readSource)];
    return files.map(([file, group]) => routine(name, file, group, readSource));
  });
  return { total: report.total, routines };
}

/** Undefined when no function matches. */
export function printList(report: Report, readSource: ReadSource): string | undefined {
  const { routines } = listSource(report, readSource);
  if (routines.length === 0) return undefined;
  const lines = [`Total: ${formatReportValue(report, report.total)}`];
  for (const one of routines) lines.push(...routineLines(report, one));
  return `${lines.join('\n')}\n`;
}

function routineLines(report: Report, one: SourceRoutine): string[] {
  if (one.file === '') return [`No source information for ${one.name}`];
  const flat = padLeft(formatReportValue(report, one.flat), 10);
  const cum = padLeft(formatReportValue(report, one.cum), 10);
  const lines = [
    `ROUTINE ======================== ${one.name} in ${one.file}`,
    `${flat} ${cum} (flat, cum) ${formatPercentage(one.cum, report.total)} of Total`,
  ];
  if (one.error !== '') return [...lines, ` Error: ${one.error}`];
  for (const row of one.lines) {
    const own = padLeft(valueOrDot(report, row.flat), 10);
    const all = padLeft(valueOrDot(report, row.cum), 10);
    lines.push(`${own} ${all} ${String(row.line).padStart(6)}:${row.text}`);
  }
  return lines;
}

/** Places by source file, in the order of files. */
function byFile(places: readonly Place[]): [string, Place[]][] {
  const files = new Map<string, Place[]>();
  for (const place of places) {
    if (place.info.file === '') continue;
    const group = files.get(place.info.file);
    if (group === undefined) files.set(place.info.file, [place]);
    else group.push(place);
  }
  return [...files].sort(([a], [b]) => compareStrings(a, b));
}

function routine(
  name: string,
  file: string,
  places: readonly Place[],
  readSource: ReadSource,
): SourceRoutine {
  const sum = (field: 'flat' | 'cum') => places.reduce((total, place) => total + place[field], 0);
  const values = { name, file, flat: sum('flat'), cum: sum('cum') };
  if (file === '') return { ...values, lines: [], error: '' };
  const source = readSource(file);
  if ('error' in source) return { ...values, lines: [], error: source.error };
  return { ...values, lines: sourceRows(places, source.lines), error: '' };
}

function sourceRows(places: readonly Place[], source: readonly string[]): SourceRow[] {
  const byLine = new Map<number, { flat: number; cum: number }>();
  for (const { info, flat, cum } of places) {
    const known = byLine.get(info.line);
    byLine.set(info.line, { flat: (known?.flat ?? 0) + flat, cum: (known?.cum ?? 0) + cum });
  }
  const { start, end } = lineRange(places);
  const rows: SourceRow[] = [];
  for (let line = start; line <= end && line <= source.length; line++) {
    const { flat = 0, cum = 0 } = byLine.get(line) ?? {};
    rows.push({ line, text: source[line - 1] ?? '', flat, cum });
  }
  return rows;
}

/** From the function's first line, or some before its first sample, to some after its last. */
function lineRange(places: readonly Place[]): { start: number; end: number } {
  const margin = 5;
  const sorted = [...places].sort(
    (a, b) => compareByName(a.info, b.info) || compareAllFields(a.info, b.info),
  );
  const first = sorted[0]?.info;
  let start = first === undefined ? 0 : first.startLine || first.line - margin;
  let end = (first?.line ?? 0) + margin;
  for (const { info } of sorted) {
    const from = info.startLine || info.line - margin;
    if (from < start) start = from;
    else if (info.line + margin > end) end = info.line + margin;
  }
  return { start: Math.max(1, start), end };
}
