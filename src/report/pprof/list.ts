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
import { untrimmedNodes } from './trim.ts';

/** Lines of a source file, or why it cannot be read. */
export type SourceFile = { readonly lines: readonly string[] } | { readonly error: string };

/** Finds and reads a source file by the name that the profile has for it. */
export type ReadSource = (path: string) => SourceFile;

/** A node with the values of one line. */
interface Place {
  readonly info: NodeInfo;
  readonly flat: number;
  readonly cum: number;
}

/** Undefined when no function matches. */
export function printList(report: Report, readSource: ReadSource): string | undefined {
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
  if (functions.size === 0) return undefined;
  const lines = [`Total: ${formatReportValue(report, report.total)}`];
  const byName = [...functions].sort(([a], [b]) => compareStrings(a, b));
  for (const [name, places] of byName) {
    const files = byFile(places);
    if (files.length === 0) lines.push(`No source information for ${name}`);
    for (const [file, group] of files) {
      lines.push(...routineLines(report, name, file, group, readSource(file)));
    }
  }
  return `${lines.join('\n')}\n`;
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

function routineLines(
  report: Report,
  name: string,
  file: string,
  places: readonly Place[],
  source: SourceFile,
): string[] {
  const sum = (field: 'flat' | 'cum') => places.reduce((total, place) => total + place[field], 0);
  const cum = sum('cum');
  const flatText = padLeft(formatReportValue(report, sum('flat')), 10);
  const cumText = padLeft(formatReportValue(report, cum), 10);
  const lines = [
    `ROUTINE ======================== ${name} in ${file}`,
    `${flatText} ${cumText} (flat, cum) ${formatPercentage(cum, report.total)} of Total`,
  ];
  if ('error' in source) return [...lines, ` Error: ${source.error}`];
  const { start, end } = lineRange(places);
  for (let line = start; line <= end; line++) {
    const text = source.lines[line - 1];
    if (text === undefined) break;
    let flat = 0;
    let all = 0;
    for (const place of places) {
      if (place.info.line !== line) continue;
      flat += place.flat;
      all += place.cum;
    }
    const own = padLeft(valueOrDot(report, flat), 10);
    const total = padLeft(valueOrDot(report, all), 10);
    lines.push(`${own} ${total} ${String(line).padStart(6)}:${text}`);
  }
  return lines;
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
