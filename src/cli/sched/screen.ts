/**
 * The screen of `whygo sched`: Ps with their queues, threads, collections, and what the program says.
 * Pure: model and size → lines. On a small screen the lower parts give way first.
 */
import { formatHuman } from '../../base/units.ts';
import type { GcEvent, SchedEvent } from '../../metrics/godebug/events.ts';
import { wrap } from '../terminal.ts';
import { barOf, sparkline } from '../tui/charts.ts';
import type { ScreenSize } from '../tui/host.ts';
import {
  BLANK,
  bar,
  cut,
  fitLine,
  type Line,
  left,
  printable,
  right,
  span,
  spread,
} from '../tui/text.ts';
import type { ProcView, SchedModel } from './model.ts';

export interface SchedScreen {
  readonly title: string;
  /** Where the numbers go besides: `/metrics` on an address, a server. */
  readonly notes: readonly string[];
  readonly elapsedMillis: number;
  readonly paused: boolean;
  /** The program's lines instead of the collections. */
  readonly view: 'overview' | 'output' | 'help';
  readonly size: ScreenSize;
}

export function schedScreen(model: SchedModel, screen: SchedScreen): readonly Line[] {
  const { columns, rows } = screen.size;
  const head = [titleLine(screen), ...screen.notes.map((note) => [span(` ${note}`, 'dim')]), BLANK];
  const foot = footLine(columns);
  const room = Math.max(0, rows - head.length - 1);
  const body = bodyOf(model, screen, room).slice(0, room);
  while (body.length < room) body.push(BLANK);
  return [...head, ...body, foot].map((line) => fitLine(line, columns));
}

function titleLine({ title, elapsedMillis, paused, size }: SchedScreen): Line {
  const state = paused ? 'paused' : 'live';
  const style = paused ? 'yellow' : 'green';
  const time = formatHuman(Math.floor(elapsedMillis / 1000) * 1e9, 'ns');
  const begin = [span(' whygo sched ', 'bold'), span(printable(title))];
  return spread(begin, [span(`${state} `, style), span(`${time} `, 'dim')], size.columns);
}

const KEYS: readonly (readonly [string, string])[] = [
  ['q', 'Quit'],
  ['space', 'Pause'],
  ['o', 'Output'],
  ['?', 'Help'],
];

function footLine(width: number): Line {
  const keys = KEYS.flatMap(([key, what]) => [span(` ${key} `, 'inverse'), span(`${what}  `)]);
  return fitLine(keys, width);
}

function bodyOf(model: SchedModel, screen: SchedScreen, room: number): Line[] {
  const { columns } = screen.size;
  if (screen.view === 'help') return helpLines(columns);
  if (screen.view === 'output') return outputLines(model, columns, room);
  if (model.sched === undefined && model.collections.length === 0) return waitingLines(model, room);
  const lines = [...schedLines(model, columns), BLANK];
  const gc = gcLines(model, columns);
  // The Ps get what the rest leaves, but at least six lines.
  const procRoom = Math.max(6, room - lines.length - gc.length - 8);
  lines.push(...procLines(model.procs, columns, procRoom), BLANK, ...gc);
  const detail = model.sched?.detail === undefined ? [] : detailLines(model.sched, columns);
  if (detail.length > 0) lines.push(BLANK, ...detail);
  const left_ = room - lines.length - 1;
  if (left_ >= 3) lines.push(BLANK, ...lowerLines(model, columns, left_));
  return lines;
}

function waitingLines(model: SchedModel, room: number): Line[] {
  const said = model.lines
    .slice(-Math.max(0, room - 3))
    .map(({ text }) => [span(` ${printable(text)}`)]);
  return [[span(' No line of the runtime yet. Is it a Go program?', 'yellow')], BLANK, ...said];
}

const NAME = 13;
/** Room for what is said beside a chart. */
const TEXT = 52;

/** Name, chart, and what is to be said of it. */
function row(name: string, chart: string, ...text: readonly ReturnType<typeof span>[]): Line {
  return [span(` ${left(name, NAME)}`, 'dim'), span(`${chart}  `, 'cyan'), ...text];
}

function chartWidth(columns: number): number {
  return Math.min(60, Math.max(12, columns - NAME - TEXT));
}

function schedLines(model: SchedModel, columns: number): Line[] {
  const { sched } = model;
  if (sched === undefined) return [];
  const width = chartWidth(columns);
  const summary = model.summary.scheduler;
  const busy = model.idleProcs.map((idle) => sched.gomaxprocs - idle);
  const local = sched.localRunQueues.reduce((a, b) => a + b, 0);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const idleWait = summary?.waitingWhileIdleShare ?? 0;
  return [
    row(
      'Ps busy',
      sparkline(busy, width, sched.gomaxprocs),
      span(`${sched.gomaxprocs - sched.idleProcs}`, 'bold'),
      span(
        ` of ${sched.gomaxprocs}; all of them in ${percent(summary?.busyShare ?? 0)} of samples`,
      ),
    ),
    row(
      'waiting',
      sparkline(model.waiting, width),
      span(`${sched.runQueue + local}`, 'bold'),
      span(` ready to run: ${sched.runQueue} global, ${local} local`),
    ),
    row(
      '',
      ' '.repeat(width),
      span(`some in ${percent(summary?.waitingShare ?? 0)} of samples`),
      span(`, beside an idle P in ${percent(idleWait)}`, idleWait > 0.1 ? 'yellow' : 'dim'),
    ),
    row(
      'threads',
      sparkline(model.threads, width),
      span(`${sched.threads}`, 'bold'),
      span(`: ${sched.spinningThreads} spinning, ${sched.idleThreads} idle`),
      span(sched.needSpinning === 1 ? ', one more wanted' : ''),
    ),
  ];
}

/** One P a line; where they are too many, several columns of short ones. */
function procLines(procs: readonly ProcView[], columns: number, room: number): Line[] {
  if (procs.length === 0) return [];
  return procs.length < room ? procTable(procs, columns) : procGrid(procs, columns, room);
}

function procTable(procs: readonly ProcView[], columns: number): Line[] {
  const longest = Math.max(8, ...procs.map(({ max }) => max));
  const width = chartWidth(columns);
  const barWidth = Math.min(40, Math.max(10, columns - NAME - width - 36));
  const head = `${left('P', NAME)}${left('HISTORY', width)}  ${left('QUEUE', barWidth)} NOW  MAX  SCHEDULED/s`;
  const rows = procs.map((proc): Line => {
    const rate = Number.isNaN(proc.scheduled) ? '-' : formatHuman(proc.scheduled, '');
    return [
      span(` ${left(`P${proc.id}`, NAME)}`, 'dim'),
      span(`${sparkline(proc.history, width, longest)}  `, 'cyan'),
      span(barOf(proc.queue, longest, barWidth), colourOf(proc.queue)),
      span(`${right(String(proc.queue), 4)} `, 'bold'),
      span(`${right(String(proc.max), 4)} ${right(rate, 12)}`),
    ];
  });
  return [[span(` ${head}`, 'bold')], ...rows];
}

function procGrid(procs: readonly ProcView[], columns: number, room: number): Line[] {
  const cell = 20;
  const across = Math.max(1, Math.floor((columns - 1) / cell));
  const down = Math.min(Math.ceil(procs.length / across), Math.max(1, room - 1));
  const longest = Math.max(8, ...procs.map(({ max }) => max));
  const lines: Line[] = [[span(` ${left('P  QUEUE', columns - 2)}`, 'bold')]];
  for (let y = 0; y < down; y++) {
    const line = [span(' ')];
    for (let x = 0; x < across; x++) {
      const proc = procs[x * down + y];
      if (proc === undefined) continue;
      line.push(span(left(`P${proc.id}`, 5), 'dim'));
      line.push(span(barOf(proc.queue, longest, 8), colourOf(proc.queue)));
      line.push(span(`${right(String(proc.queue), 4)}   `));
    }
    lines.push(line);
  }
  const hidden = procs.length - across * down;
  if (hidden > 0) lines.push([span(` and ${hidden} more`, 'dim')]);
  return lines;
}

/** A P's queue holds 256 goroutines; what is beyond goes to the global one. */
function colourOf(queue: number): 'green' | 'yellow' | 'red' {
  if (queue >= 128) return 'red';
  return queue >= 16 ? 'yellow' : 'green';
}

function gcLines(model: SchedModel, columns: number): Line[] {
  const { gc, scavenger } = model.summary;
  const last = model.collections.at(-1);
  if (gc === undefined || last === undefined) return [[span(' no garbage collection yet', 'dim')]];
  const width = chartWidth(columns);
  const { p50, p99, max } = gc.pauseMillis;
  const ms = (millis: number) => formatHuman(millis * 1e6, 'ns');
  const rate = gc.seconds > 0 ? `, ${formatHuman((gc.cycles - 1) / gc.seconds, '')} a second` : '';
  const forced = gc.forced > 0 ? `, ${gc.forced} forced` : '';
  const released =
    scavenger === undefined
      ? []
      : [
          row(
            'scavenger',
            ' '.repeat(width),
            span(formatHuman(scavenger.releasedKiB * 1024, 'bytes'), 'bold'),
            span(` given back; the heap uses ${scavenger.utilPercent} % of what it keeps`),
          ),
        ];
  return [
    row(
      'collections',
      ' '.repeat(width),
      span(`${gc.cycles}`, 'bold'),
      span(`${rate}${forced}; `),
      span(`${gc.cpuPercent} % of CPU since the start`, gc.cpuPercent >= 25 ? 'yellow' : 'dim'),
    ),
    row(
      'GC pauses',
      sparkline(model.pauses, width),
      span(`p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`),
    ),
    row(
      'live heap',
      sparkline(model.live, width),
      span(`${last.heapLiveMB} MiB`, 'bold'),
      span(`, goal ${last.goalMB} MiB (was ${last.heapStartMB} → ${last.heapEndMB})`),
    ),
    ...released,
  ];
}

const STATUS: Readonly<Record<string, string>> = {
  0: 'idle',
  1: 'runnable',
  2: 'running',
  3: 'syscall',
  4: 'waiting',
  6: 'dead',
  8: 'copying its stack',
  9: 'preempted',
};
const MOST_STATES = 6;

/** With scheddetail: what the goroutines do, as counts. */
function detailLines(sched: SchedEvent, columns: number): Line[] {
  const states = new Map<string, number>();
  for (const { fields } of sched.detail?.goroutines ?? []) {
    const [, status = '', reason = ''] = /^(\d+)(?:\((.*)\))?$/.exec(fields.status ?? '') ?? [];
    const name = reason === '' ? (STATUS[status] ?? `status ${status}`) : reason;
    // Dead ones are kept for reuse: they are no goroutines.
    if (status !== '6') states.set(name, (states.get(name) ?? 0) + 1);
  }
  const total = [...states.values()].reduce((a, b) => a + b, 0);
  const top = [...states].sort(([, a], [, b]) => b - a).slice(0, MOST_STATES);
  const text = top.map(([name, count]) => `${count} ${printable(name)}`).join(', ');
  const more = states.size > top.length ? ', …' : '';
  const head = [span(` ${left('goroutines', NAME)}`, 'dim'), span(`${total}`, 'bold')];
  return [[...head, span(cut(`: ${text}${more}`, columns - NAME - 8))]];
}

function lowerLines(model: SchedModel, columns: number, room: number): Line[] {
  const own = model.lines.length > 0;
  const forOwn = own ? Math.max(2, Math.floor(room / 2)) : 0;
  const forGc = room - forOwn - (own ? 1 : 0);
  const recent = model.collections.slice(-Math.max(0, forGc - 1)).map(collectionLine);
  const lines: Line[] = [];
  if (recent.length > 0) {
    lines.push([
      span(' GC      AT     STW 1     MARK    STW 2   HEAP (MiB)            GOAL', 'bold'),
    ]);
    lines.push(...recent);
  }
  if (own) {
    if (lines.length > 0) lines.push(BLANK);
    lines.push(...outputLines(model, columns, Math.max(2, room - lines.length)));
  }
  return lines;
}

function collectionLine(event: GcEvent): Line {
  const ms = (millis: number) => right(formatHuman(millis * 1e6, 'ns'), 8);
  const { sweepTerm, mark, markTerm } = event.clock;
  const heap = `${event.heapStartMB} → ${event.heapEndMB} → ${event.heapLiveMB}`;
  const time = `${right(event.atSeconds.toFixed(1), 6)} s`;
  const text = ` ${left(String(event.cycle), 4)} ${time} ${ms(sweepTerm)} ${ms(mark)} ${ms(markTerm)}   ${left(heap, 18)} ${right(String(event.goalMB), 7)}`;
  return [span(text), span(event.forced ? '  forced' : '', 'yellow')];
}

function outputLines(model: SchedModel, columns: number, room: number): Line[] {
  const head = bar([span(' The program’s own output')], 'dim', columns);
  const shown = model.lines.slice(-Math.max(0, room - 1));
  if (shown.length === 0) return [head, [span(' nothing yet', 'dim')]];
  return [
    head,
    ...shown.map(
      ({ text, from }): Line => [span(from === 'stderr' ? '│' : ' ', 'dim'), span(printable(text))],
    ),
  ];
}

function helpLines(columns: number): Line[] {
  const keys: readonly (readonly [string, string])[] = [
    ['q, F10, Ctrl-C', 'end; a program that was started gets SIGINT'],
    ['space', 'hold the picture; lines are still read'],
    ['o', 'what the program itself writes, and back'],
    ['?, F1', 'this help, and back'],
  ];
  const words: readonly string[] = [
    'P: a scheduler slot; GOMAXPROCS of them run Go code. Its queue holds at most 256 goroutines.',
    'waiting: goroutines that could run now and have no P. Beside an idle P: work that is not found.',
    'spinning: threads that look for work. SCHEDULED/s: how often a P picked a goroutine (Go 1.25 on).',
    'STW 1, STW 2: the two stops of a collection. MARK runs beside the program.',
    'live heap: what the last collection kept; the next one begins before the goal is reached.',
  ];
  return [
    ...keys.map(([key, what]): Line => [span(` ${left(key, 16)}`, 'bold'), span(what)]),
    BLANK,
    ...words.flatMap((text) => wrapped(text, columns)),
  ];
}

function wrapped(text: string, columns: number): Line[] {
  return wrap(text, columns - 2, '  ')
    .split('\n')
    .map((line): Line => [span(` ${line}`)]);
}
