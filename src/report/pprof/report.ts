/**
 * One report: a profile, the options, its total, and how its values are printed.
 *
 * Meaning of report.New and report.ProfileLabels (internal/report/report.go of Go 1.26). The total
 * is taken before filters unless the caller filters first (relative_percentages).
 */
import { formatPercentage, formatScaled, formatValue, scale } from '../../base/units.ts';
import { labelsOf } from '../../profile/labels.ts';
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import { basePath, divide } from './gotext.ts';
import type { ReportOptions } from './options.ts';

/** Prints a moment as Go does in the local time zone: `2006-01-02 15:04:05 MST`. */
export type FormatTime = (unixNanos: bigint) => string;

/** Marks samples of the base profile of -diff_base. */
export const DIFF_BASE_LABEL = 'pprof::base';

export interface Report {
  readonly profile: Profile;
  readonly options: ReportOptions;
  readonly total: number;
  readonly formatTime: FormatTime;
  /** Replaced once by the smallest fitting unit when it is 'minimum' (selectOutputUnit). */
  outputUnit: string;
}

/** The chosen values of all samples. */
export function weightsOf(profile: Profile, options: ReportOptions): ValueColumn {
  return profile.samples.values[options.sampleIndex] ?? new Float64Array(profile.samples.length);
}

/** What values are divided by, with -mean. */
export function divisorsOf(profile: Profile, options: ReportOptions): ValueColumn | undefined {
  return options.mean ? profile.samples.values[0] : undefined;
}

export function formatReportValue(report: Report, value: number): string {
  const { ratio, sampleUnit } = report.options;
  const scaled = ratio > 0 && ratio !== 1 ? Math.trunc(value * ratio) : value;
  return formatScaled(scaled, sampleUnit, report.outputUnit);
}

/** A value, or a dot for zero. */
export function valueOrDot(report: Report, value: number): string {
  return value === 0 ? '.' : formatReportValue(report, value);
}

/** Label sets that mark samples of a diff base. */
export function diffBaseSets(profile: Profile): Uint8Array | undefined {
  const marked = new Uint8Array(profile.labelSets.length);
  if (!profile.strings.includes(DIFF_BASE_LABEL)) return undefined;
  for (let set = 0; set < marked.length; set++) {
    const isBase = labelsOf(profile, set).some(
      (label) => label.key === DIFF_BASE_LABEL && 'text' in label && label.text === 'true',
    );
    if (isBase) marked[set] = 1;
  }
  return marked;
}

/** Sum of absolute values, of the diff base alone when there is one (report.computeTotal). */
export function computeTotal(profile: Profile, options: ReportOptions): number {
  const weights = weightsOf(profile, options);
  const divisors = divisorsOf(profile, options);
  const bases = diffBaseSets(profile);
  const all = sumOf(weights, divisors, () => true);
  if (bases !== undefined) {
    const { labelSet } = profile.samples;
    const base = sumOf(weights, divisors, (row) => bases[labelSet[row] ?? 0] === 1);
    if (base.total > 0) return divide(base.total, base.divisor);
  }
  return divide(all.total, all.divisor);
}

function sumOf(
  weights: ValueColumn,
  divisors: ValueColumn | undefined,
  counts: (row: number) => boolean,
): { total: number; divisor: number } {
  let total = 0n;
  let part = 0;
  let divisor = 0;
  for (let row = 0; row < weights.length; row++) {
    if (!counts(row)) continue;
    const weight = weights[row] ?? 0;
    if (typeof weight === 'number') part += Math.abs(weight);
    else total += weight < 0n ? -weight : weight;
    if (divisors !== undefined) divisor += Number(divisors[row] ?? 0);
  }
  return { total: total === 0n ? part : Number(BigInt.asIntN(64, total)), divisor };
}

/** The lines that describe the profile: File, Build ID, Type, Time, Duration. */
export function profileLabels(report: Report): string[] {
  const { profile, options, total } = report;
  const labels: string[] = [];
  const main = profile.mappings[0];
  if (main !== undefined && main.file !== '') labels.push(`File: ${basePath(main.file)}`);
  if (main !== undefined && main.buildId !== '') labels.push(`Build ID: ${main.buildId}`);
  labels.push(...profile.comments.filter((comment) => !comment.startsWith('#')));
  if (options.sampleType !== '') labels.push(`Type: ${options.sampleType}`);
  if (profile.docUrl !== '') labels.push(`Doc: ${profile.docUrl}`);
  if (profile.timeNanos !== 0n) labels.push(`Time: ${report.formatTime(profile.timeNanos)}`);
  if (profile.durationNanos !== 0n) {
    const nanos = Number(profile.durationNanos);
    const inNanos = scale(total, options.sampleUnit, 'nanoseconds');
    const known = inNanos.unit === 'ns' && inNanos.value !== 0;
    const ratio = known ? `(${formatPercentage(Math.trunc(inNanos.value), nanos)})` : '';
    const sum = formatReportValue(report, total);
    labels.push(`Duration: ${formatValue(nanos, 'nanoseconds')}, Total samples = ${sum} ${ratio}`);
  }
  return labels;
}

/** How much of a graph is shown. */
export interface Shown {
  readonly total: number;
  readonly nodes: number;
  readonly originalNodes: number;
  readonly droppedNodes: number;
  readonly droppedEdges: number;
}

/** The header of a report; `full` for graphs, which print more of it. */
export function reportLabels(report: Report, shown: Shown, full: boolean): string[] {
  const { options, total } = report;
  const format = (value: number) => formatReportValue(report, value);
  const labels = full || !options.compactLabels ? profileLabels(report) : [];
  if (options.activeFilters.length > 0) {
    labels.push('Active filters:', ...options.activeFilters.map((text) => `   ${cutFilter(text)}`));
  }
  const share = formatPercentage(shown.total, total).trim();
  labels.push(
    `Showing nodes accounting for ${format(shown.total)}, ${share} of ${format(total)} total`,
  );
  if (total !== 0) {
    const below = (fraction: number) => format(Math.abs(Math.trunc(total * fraction)));
    const { droppedNodes, droppedEdges } = shown;
    if (droppedNodes > 0) {
      labels.push(dropped(droppedNodes, 'node', 'cum', below(options.nodeFraction)));
    }
    if (droppedEdges > 0) {
      labels.push(dropped(droppedEdges, 'edge', 'freq', below(options.edgeFraction)));
    }
    if (shown.nodes > 0 && shown.nodes < shown.originalNodes) {
      labels.push(`Showing top ${shown.nodes} nodes out of ${shown.originalNodes}`);
    }
  }
  if (full) labels.push('\nSee https://git.io/JfYMW for how to read the graph');
  return labels;
}

function dropped(count: number, what: string, by: string, limit: string): string {
  return `Dropped ${count} ${what}${count > 1 ? 's' : ''} (${by} <= ${limit})`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** At most 80 bytes of a filter. */
function cutFilter(text: string): string {
  const bytes = encoder.encode(text);
  return bytes.length > 80 ? `${decoder.decode(bytes.subarray(0, 80))}…` : text;
}
