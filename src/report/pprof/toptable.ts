/**
 * The table of top for programs: CSV and JSON. Both are described in docs/pprof.md.
 *
 * Values are numbers in the profile's own unit, not rounded for reading; the rows are those of top, in its
 * order, with its options.
 */
import { cumValue, flatValue } from './graph.ts';
import { type NodeInfo, printableName } from './nodeinfo.ts';
import type { Report } from './report.ts';
import { inlineState } from './text.ts';
import { type ReportGraph, trimmedGraph } from './trim.ts';

/** One row, with the keys of the JSON. */
interface TopRow {
  /** As top prints it. */
  readonly name: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly address: string;
  readonly inlined: 'no' | 'yes' | 'partly';
  readonly flat: number;
  readonly flatPercent: number;
  readonly cum: number;
  readonly cumPercent: number;
}

function rowsOf(report: Report, graph: ReportGraph): TopRow[] {
  const { ratio } = report.options;
  const scaled = (value: number) => (ratio === 1 ? value : value * ratio);
  const percent = (value: number) =>
    report.total === 0 ? 0 : Math.round((value / report.total) * 1e6) / 1e4;
  return graph.nodes.map((node) => {
    const info = graph.infoOf(node);
    const flat = flatValue(graph.values, node);
    const cum = cumValue(graph.values, node);
    return {
      ...placeOf(info),
      inlined: inlineState(graph, node),
      flat: scaled(flat),
      flatPercent: percent(flat),
      cum: scaled(cum),
      cumPercent: percent(cum),
    };
  });
}

function placeOf(info: NodeInfo): Pick<TopRow, 'name' | 'function' | 'file' | 'line' | 'address'> {
  const { name, file, line, address } = info;
  return {
    name: printableName(info),
    function: name,
    file,
    line,
    address: address === 0n ? '' : `0x${address.toString(16)}`,
  };
}

const COLUMNS = [
  'name',
  'function',
  'file',
  'line',
  'address',
  'inlined',
  'flat',
  'flatPercent',
  'cum',
  'cumPercent',
] as const;

/** RFC 4180 with a header; values are of the type and unit in the header of `flat` and `cum`. */
export function printCsv(report: Report): string {
  const { sampleType, sampleUnit } = report.options;
  const unit = `${sampleType} ${sampleUnit}`;
  const header = COLUMNS.map((column) =>
    column === 'flat' || column === 'cum' ? `${column} (${unit})` : column,
  );
  const rows = rowsOf(report, trimmedGraph(report)).map((row) =>
    COLUMNS.map((column) => {
      const value = row[column];
      return String(value);
    }),
  );
  return [header, ...rows].map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table with what its values mean. */
export function printJson(report: Report): string {
  const { profile, options, total } = report;
  const graph = trimmedGraph(report);
  const main = profile.mappings[0];
  const table = {
    schema: 'whygo.pprof.top/1',
    file: main?.file ?? '',
    buildId: main?.buildId ?? '',
    type: options.sampleType,
    unit: options.sampleUnit,
    time: timeOf(profile.timeNanos),
    durationNanos: Number(profile.durationNanos),
    comments: profile.comments,
    filters: options.activeFilters,
    total: options.ratio === 1 ? total : total * options.ratio,
    nodes: graph.originalNodes,
    droppedNodes: graph.droppedNodes,
    rows: rowsOf(report, graph),
  };
  return `${JSON.stringify(table, null, 2)}\n`;
}

/** In UTC, to the nanosecond; null = unknown. */
function timeOf(nanos: bigint): string | null {
  if (nanos === 0n) return null;
  const millis = Number(nanos / 1_000_000n);
  const rest = String(((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  if (Math.abs(millis) > 8.64e15) return null;
  return `${new Date(millis).toISOString().slice(0, 19)}.${rest.padStart(9, '0')}Z`;
}
