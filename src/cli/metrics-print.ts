/**
 * The story of metrics for a terminal: a heading and a sentence for each section, figures in columns,
 * and histograms as bars of characters. Plain text in a pipe; it pastes well.
 */
import {
  quantityText,
  type WireDistribution,
  type WireFigure,
  type WireSection,
  type WireStory,
} from '../api/metricstory.ts';
import { formatCount, formatDuration } from '../report/figures.ts';
import { clip, type Output, wrap } from './terminal.ts';

const TITLE = 22;
const VALUE = 16;
const BAR = 30;
/** A histogram has at most this many rows: neighbours are joined. */
const MOST_ROWS = 10;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function printStory(output: Output, story: WireStory): void {
  output.line(output.style('bold', story.target));
  output.line(plain(headline(story)));
  for (const section of story.sections) printSection(output, section);
  if (story.lacking.length === 0) return;
  output.line();
  output.line(output.style('bold', 'Not told by this source'));
  const width = Math.min(output.columns, 110) - 4;
  for (const text of story.lacking) output.line(`  ${wrap(text, width, '    ')}`);
}

const SOURCES: Readonly<Record<WireStory['source'], string>> = {
  agent: 'the agent (all of runtime/metrics)',
  prometheus: 'Prometheus text of the Go collector',
  expvar: 'expvar (MemStats)',
  memstats: 'MemStats of the heap profile',
  godebug: 'GODEBUG lines of the program',
};

function headline({
  source,
  goVersion,
  seconds,
  readings,
  sinceStart,
  restarts,
}: WireStory): string {
  const length = seconds === null ? '' : formatDuration(seconds * 1000);
  const when = sinceStart
    ? `one reading: rates and percentiles since the process began${length === '' ? '' : `, ${length} ago`}`
    : `${readings} readings over ${length}`;
  const restarted =
    restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  const version = goVersion === '' ? '' : `${goVersion}, `;
  return `${version}${when}${restarted}; from ${SOURCES[source]}`;
}

function printSection(output: Output, section: WireSection): void {
  const { title, sentence, figures, distributions } = section;
  const measured = figures.some(({ value }) => value !== null);
  output.line();
  output.line(`${output.style('bold', title)}${sentence === '' ? '' : `  ${plain(sentence)}`}`);
  if (!measured && distributions.length === 0) {
    const reasons = [...new Set(figures.map(({ why }) => why))].filter((why) => why !== '');
    output.line(output.style('dim', `  not measured: ${reasons.join('; ') || 'no such metrics'}`));
    return;
  }
  for (const figure of figures) printFigure(output, figure);
  for (const distribution of distributions) printDistribution(output, distribution);
}

function printFigure(output: Output, { title, text, value, compared, why }: WireFigure): void {
  const name = `  ${title.padEnd(TITLE)}`;
  const number = plain(text).padStart(VALUE);
  const room = Math.max(20, Math.min(output.columns, 120) - TITLE - VALUE - 6);
  const rest = value === null ? why : plain(compared);
  const indent = ' '.repeat(TITLE + VALUE + 5);
  const said = rest === '' ? '' : `   ${output.style('dim', wrap(rest, room, indent))}`;
  output.line(`${name}${value === null ? number : output.style('bold', number)}${said}`.trimEnd());
}

function printDistribution(output: Output, distribution: WireDistribution): void {
  const { title, unit, count, p50, p90, p99, metric } = distribution;
  const value = (number: number): string => plain(quantityText(number, unit));
  output.line();
  const summary = `${formatCount(count)} ${title}: p50 ${value(p50)}, p90 ${value(p90)}, p99 ${value(p99)}`;
  output.line(`  ${plain(summary)}  ${output.style('dim', metric)}`);
  const rows = joinedRows(distribution);
  const most = Math.max(...rows.map((row) => row.count));
  for (const { from, to, count: of } of rows) {
    const range = `${value(from)} – ${to === Infinity ? 'more' : value(to)}`;
    const line = `  ${range.padStart(TITLE + 4)} ${bar(of / most)} ${plain(formatCount(of))}`;
    output.line(clip(line, output.columns));
  }
}

interface Row {
  readonly from: number;
  readonly to: number;
  count: number;
}

/** Neighbouring buckets together, each row as many powers of two wide as keeps the rows few. */
function joinedRows({ buckets }: WireDistribution): readonly Row[] {
  const rows = buckets.map(({ from, to, count }) => {
    return { from: Math.max(0, boundOf(from)), to: boundOf(to), count };
  });
  for (let power = 1; ; power++) {
    const joined = joinByPower(rows, power);
    if (joined.length <= MOST_ROWS) return rows.length <= MOST_ROWS ? rows : joined;
  }
}

function joinByPower(rows: readonly Row[], power: number): Row[] {
  const step = (value: number): number => Math.floor(Math.log2(Math.max(value, 1e-12)) / power);
  const joined: Row[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    if (last !== undefined && step(last.from) === step(row.from)) {
      joined[joined.length - 1] = { from: last.from, to: row.to, count: last.count + row.count };
    } else joined.push({ ...row });
  }
  return joined;
}

function boundOf(bound: WireDistribution['max']): number {
  if (bound === '+Inf') return Infinity;
  return bound === '-Inf' ? -Infinity : bound;
}

/** What is not zero has at least a sliver. */
function bar(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR * 8));
  const full = '█'.repeat(Math.floor(eighths / 8));
  return `${full}${EIGHTHS[eighths % 8] ?? ''}`.padEnd(BAR);
}

/** Lines are broken at spaces; those of the page do not break. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
