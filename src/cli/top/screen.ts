/**
 * The screen of `whygo top`: vital signs, the worst findings, one table, keys. Pure: what is known and
 * how it is looked at → lines.
 */
import { formatHuman } from '../../base/units.ts';
import type { Finding } from '../../explain/finding.ts';
import { type Style, wrap } from '../terminal.ts';
import { sparkline } from '../tui/charts.ts';
import type { ScreenSize } from '../tui/host.ts';
import {
  BLANK,
  cells,
  fitLine,
  type Line,
  left,
  printable,
  type Span,
  span,
  spread,
} from '../tui/text.ts';
import type { TopModel, VitalName, Vitals } from './model.ts';
import { functionLines, groupLines, type Lines } from './tables.ts';
import { BINDINGS, TABS, type TopView } from './view.ts';

export interface TopStatus {
  /** Why nothing new comes; '' = all is well. */
  readonly failure: string;
  /** Cores that asking costs the target, estimated. */
  readonly cost: number;
  /** Cores that we use ourselves; NaN = not measured yet. */
  readonly own: number;
  readonly profilingNow: boolean;
  /** Unix milliseconds. */
  readonly now: number;
}

export function topScreen(
  model: TopModel,
  view: TopView,
  status: TopStatus,
  size: ScreenSize,
): readonly Line[] {
  const { columns, rows } = size;
  const foot = [statusLine(model, view, status, columns), keyLine(columns)];
  if (view.help)
    return framed(
      [titleLine(model, view, status, columns), BLANK, ...helpLines(columns)],
      foot,
      size,
    );
  const head = [
    titleLine(model, view, status, columns),
    ...vitalLines(model, columns),
    ...findingLines(model.findings, columns, rows > 30 ? 3 : 1),
    BLANK,
    tabLine(model, view),
  ];
  const room = Math.max(0, rows - head.length - foot.length);
  const { lines, detail } = tableOf(model, view, columns, room);
  return framed([...head, ...lines, ...detail], foot, size);
}

function framed(
  body: readonly Line[],
  foot: readonly Line[],
  { columns, rows }: ScreenSize,
): readonly Line[] {
  const shown = body.slice(0, Math.max(0, rows - foot.length));
  while (shown.length < rows - foot.length) shown.push(BLANK);
  return [...shown, ...foot].slice(-rows).map((line) => fitLine(line, columns));
}

export function titleLine(
  model: TopModel,
  view: TopView,
  status: TopStatus,
  columns: number,
): Line {
  const { newest } = model;
  const name = model.service === '' ? '' : `${printable(model.service)}  `;
  const version = newest?.goVersion ? `  ${printable(newest.goVersion)}` : '';
  const start = Number(newest?.processStartNanos ?? 0n) / 1e6;
  const up = start > 0 ? `  up ${formatHuman((status.now - start) * 1e6, 'ns')}` : '';
  const restarts = model.restarts > 0 ? `  restarted ${model.restarts} ×` : '';
  const begin = [
    span(` ${name}`, 'bold'),
    span(model.target),
    span(`${version}${up}`, 'dim'),
    span(restarts, 'yellow'),
  ];
  const time = new Date(status.now).toTimeString().slice(0, 8);
  const rhythm = view.paused
    ? span('paused ', 'yellow')
    : span(`every ${formatHuman(view.everyMillis * 1e6, 'ns')} `, 'dim');
  return spread(begin, [rhythm, span(`${time} `)], columns);
}

interface Gauge {
  readonly label: string;
  readonly name: VitalName;
  readonly text: (v: Vitals) => readonly Span[];
}

const known = (value: number | undefined, unit: string) =>
  value === undefined ? '-' : formatHuman(value, unit);
const percent = (share: number | undefined) =>
  share === undefined ? '-' : `${formatHuman(share * 100, '')} %`;

/** Two columns, row by row. */
const GAUGES: readonly Gauge[] = [
  { label: 'CPU', name: 'cpuCores', text: cpuText },
  { label: 'RSS', name: 'rssBytes', text: rssText },
  {
    label: 'heap',
    name: 'heapBytes',
    text: (v) => [bold(known(v.heapBytes, 'bytes')), span(`, goal ${known(v.goalBytes, 'bytes')}`)],
  },
  {
    label: 'GC',
    name: 'gcPerMinute',
    text: (v) => [bold(known(v.gcPerMinute, '')), span(` a min, CPU ${percent(v.gcCpuShare)}`)],
  },
  {
    label: 'allocs',
    name: 'allocBytesPerSecond',
    text: (v) => [bold(known(v.allocBytesPerSecond, 'bytes')), span('/s')],
  },
  { label: 'pauses', name: 'gcPauseP99', text: (v) => [span('p99 '), bold(seconds(v.gcPauseP99))] },
  {
    label: 'gorout.',
    name: 'goroutines',
    text: (v) => [bold(counted(v.goroutines)), span(`, ${counted(v.threads)} threads`)],
  },
  {
    label: 'sched',
    name: 'schedLatencyP99',
    text: (v) => [span('latency p99 '), bold(seconds(v.schedLatencyP99))],
  },
];

function counted(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en-US');
}

function bold(text: string): Span {
  return span(text, 'bold');
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : formatHuman(value * 1e9, 'ns');
}

function cpuText(v: Vitals): readonly Span[] {
  const cores = v.cpuLimitCores ?? v.gomaxprocs;
  const busy = v.cpuCores !== undefined && cores !== undefined && v.cpuCores > 0.9 * cores;
  const of = cores === undefined ? ' cores' : ` of ${formatHuman(cores, '')} cores`;
  return [span(known(v.cpuCores, ''), busy ? ['bold', 'yellow'] : 'bold'), span(of)];
}

function rssText(v: Vitals): readonly Span[] {
  const limit = v.memoryLimitBytes;
  return [
    bold(known(v.rssBytes, 'bytes')),
    span(limit === undefined ? '' : ` of ${formatHuman(limit, 'bytes')}`),
  ];
}

const LABEL = 8;
const TEXT = 25;

export function vitalLines(model: TopModel, columns: number): Line[] {
  const { vitals } = model;
  const half = Math.floor(columns / 2);
  const chart = Math.max(4, half - LABEL - TEXT - 2);
  const lines: Line[] = [];
  for (let i = 0; i < GAUGES.length; i += 2) {
    lines.push(GAUGES.slice(i, i + 2).flatMap((gauge) => gaugeSpans(gauge, model, vitals, chart)));
  }
  return lines;
}

function gaugeSpans(
  gauge: Gauge,
  model: TopModel,
  vitals: Vitals | undefined,
  chart: number,
): readonly Span[] {
  const text = vitals === undefined ? [span('-')] : gauge.text(vitals);
  const width = text.reduce((sum, part) => sum + cells(part.text), 0);
  const max = gauge.name === 'cpuCores' ? (vitals?.cpuLimitCores ?? vitals?.gomaxprocs) : undefined;
  return [
    span(` ${left(gauge.label, LABEL)}`, 'dim'),
    span(`${sparkline(model.history(gauge.name), chart, max)} `, 'cyan'),
    ...text,
    span(' '.repeat(Math.max(0, TEXT - width))),
  ];
}

const SEVERITY: Readonly<Record<Finding['severity'], readonly [string, Style]>> = {
  high: ['●', 'red'],
  medium: ['●', 'yellow'],
  low: ['○', 'dim'],
  info: ['·', 'dim'],
};

function findingLines(findings: readonly Finding[], columns: number, most: number): Line[] {
  return findings.slice(0, most).map((finding) => findingLine(finding, columns));
}

function findingLine(finding: Finding, columns: number): Line {
  const [mark, style] = SEVERITY[finding.severity];
  const title = printable(finding.title);
  return fitLine(
    [span(` ${mark} `, style), span(`${finding.kind}  `, 'bold'), span(title)],
    columns,
  );
}

function tabLine(model: TopModel, view: TopView): Line {
  const counts: Readonly<Record<string, string>> = {
    goroutines: Number.isNaN(model.goroutines) ? '' : ` ${model.goroutines}`,
    cpu: model.cpu === undefined ? '' : ` ${formatHuman(model.cpuSeconds * 1e9, 'ns')}`,
    heap: model.heap === undefined ? '' : ` ${formatHuman(model.heap.total, model.heap.unit)}`,
    findings: ` ${model.findings.length}`,
  };
  const tabs = TABS.map((tab, i) => {
    const text = ` ${i + 1} ${tab}${counts[tab]} `;
    return span(text, tab === view.tab ? 'inverse' : 'dim');
  });
  const filter =
    view.typing || view.filter !== '' ? [span(`   filter: ${view.filter}`, 'yellow')] : [];
  return [...tabs, ...filter, ...(view.typing ? [span('▏', 'yellow')] : [])];
}

/** The table of the view, and under it what is told of the selected row. */
function tableOf(model: TopModel, view: TopView, columns: number, room: number): Lines {
  if (view.tab === 'goroutines') return groupLines(model, view, columns, room);
  if (view.tab === 'findings') return { lines: findingsPage(model, columns), detail: [] };
  const table = view.tab === 'cpu' ? model.cpu : model.heap;
  if (table !== undefined) return functionLines(table, view, columns, room);
  const why =
    view.tab === 'cpu'
      ? 'F5 or c profiles the CPU: 2 s of every 5, with 100 interruptions per second of CPU time.'
      : 'No heap profile yet.';
  return { lines: [BLANK, [span(` ${why}`)]], detail: [] };
}

function findingsPage(model: TopModel, columns: number): Line[] {
  if (model.findings.length === 0) {
    const what = 'Nothing stands out in what was read so far; it is looked at every 15 s.';
    return [
      BLANK,
      [span(` ${what}`)],
      [span(' A CPU profile (c) tells more; whygo explain reads everything.', 'dim')],
    ];
  }
  const indented = (text: string, style?: Style) =>
    wrap(printable(text), columns - 6, '')
      .split('\n')
      .map((line): Line => [span(`   ${line}`, style)]);
  return model.findings.flatMap((finding) => {
    const [place] = finding.where;
    const where =
      place === undefined ? [] : indented(`${place.function}  ${place.file}:${place.line}`, 'cyan');
    const evidence = finding.evidence
      .slice(0, 2)
      .flatMap(({ text }) => indented(`+ ${text}`, 'dim'));
    return [
      findingLine(finding, columns),
      ...where,
      ...evidence,
      ...indented(`fix: ${finding.fix}`),
      BLANK,
    ];
  });
}

function statusLine(model: TopModel, view: TopView, status: TopStatus, columns: number): Line {
  const cost = `asking costs it about ${percent(status.cost)} of a core (budget 1 %)`;
  const own = Number.isNaN(status.own) ? '' : `; whygo uses ${percent(status.own)}`;
  const states =
    view.tab === 'goroutines' && model.groups.length > 0 && !model.exact
      ? [span('  ~ states by stack: F9 reads them', 'dim')]
      : [];
  const profiling = status.profilingNow ? [span('  profiling the CPU …', 'yellow')] : [];
  if (status.failure !== '') {
    return fitLine([span(` ${printable(status.failure)}`, 'red')], columns);
  }
  return fitLine([span(` ${cost}${own}`, 'dim'), ...profiling, ...states], columns);
}

function keyLine(columns: number): Line {
  const shown = BINDINGS.filter(({ footer }) => footer === true);
  const keys = shown.flatMap(({ keys: [key = ''], label }) => [
    span(key, 'bold'),
    span(`${label} `, 'inverse'),
  ]);
  return fitLine(keys, columns);
}

function helpLines(columns: number): Line[] {
  const keys = BINDINGS.map(({ keys: all, help }): Line => {
    return [span(` ${left(all.join(' '), 16)}`, 'bold'), span(help)];
  });
  if (columns < 120) return keys;
  const half = Math.ceil(keys.length / 2);
  return keys.slice(0, half).map((line, i): Line => {
    const width = Math.floor(columns / 2);
    const begin = fitLine(line, width - 2);
    const gap = width - begin.reduce((sum, { text }) => sum + cells(text), 0);
    return [...begin, span(' '.repeat(gap)), ...(keys[half + i] ?? [])];
  });
}
