/** The summary of a trace as a page of text, and goroutine groups as a table. */
import { formatHuman } from '../../base/units.ts';
import type { TraceFinding } from '../../trace/analysis/findings.ts';
import type { GoroutineGroup } from '../../trace/analysis/goroutines.ts';
import { type Place, placeOf } from '../../trace/analysis/places.ts';
import type { AnnotationGroup } from '../../trace/analysis/regions.ts';
import type { TraceSummary } from '../../trace/analysis/summary.ts';
import { type Output, wrap } from '../terminal.ts';
import { type Align, tableLines } from './table.ts';

const nanos = (time: number) => formatHuman(time, 'ns');
const bytes = (size: number) => formatHuman(size, 'B');
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

const MOST_ROWS = 8;

export function printSummary(
  out: Output,
  name: string,
  summary: TraceSummary,
  findings: readonly TraceFinding[],
): void {
  printHead(out, name, summary);
  printFindings(out, findings);
  printTime(out, summary);
  section(out, 'Goroutines by start function (running time)');
  printGroups(out, summary, summary.groups.slice(0, MOST_ROWS));
  printLatency(out, summary);
  printPauses(out, summary);
  printWaits(out, summary);
  printAnnotations(out, 'Tasks', summary.tasks);
  printAnnotations(out, 'Regions', summary.regions);
}

function section(out: Output, title: string): void {
  out.line();
  out.line(out.style('bold', title));
}

function lines(out: Output, rows: readonly (readonly string[])[], align: readonly Align[]): void {
  const width = out.isTerminal ? out.columns - 2 : undefined;
  for (const line of tableLines(rows, align, width)) out.line(`  ${line}`);
}

function printHead(out: Output, name: string, summary: TraceSummary): void {
  const { trace, begin, procs, goroutines, heap, collections, span } = summary;
  const elapsed = span.end - span.start;
  out.line(out.style('bold', name));
  const when =
    begin === undefined ? '' : `, from ${new Date(Number(begin / 1_000_000n)).toISOString()}`;
  const part =
    elapsed < trace.duration ? ` (${nanos(span.start)} to ${nanos(span.end)} of it)` : '';
  const rows = [
    [
      'trace',
      `Go 1.${trace.version} format, ${nanos(trace.duration)}${part}${when}; ` +
        `${trace.eventCount} events, ${count(trace.generations.length, 'generation')}`,
    ],
    [
      'goroutines',
      `${goroutines.seen} seen: ${goroutines.created} created, ${goroutines.ended} ended, ` +
        `${goroutines.atStart} at the begin, ${goroutines.atEnd} at the end`,
    ],
    [
      'processors',
      `GOMAXPROCS ${procs.last}, goroutines ran ${percent(summary.utilisation)} of their time`,
    ],
    [
      'memory',
      `heap ${bytes(heap.first)} at the begin, ${bytes(heap.peak)} at most, ${bytes(heap.last)} at the end; ` +
        `${count(collections.cycles, 'GC cycle')}, ${count(collections.pauses.length, 'pause')}`,
    ],
  ];
  const width = out.columns - 14;
  for (const [what = '', text = ''] of rows) {
    out.line(`  ${what.padEnd(12)}${wrap(text, width, ' '.repeat(14))}`);
  }
  for (const note of new Set(trace.notes.map(({ kind, reason }) => `${kind}: ${reason}`))) {
    out.line(`  ${out.style('yellow', note)}`);
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function printFindings(out: Output, findings: readonly TraceFinding[]): void {
  section(out, 'What stands out');
  if (findings.length === 0) out.line('  nothing that this page looks for');
  for (const { severity, text, next } of findings) {
    const width = Math.min(out.columns, 110) - 12;
    const style = severity === 'high' ? 'red' : severity === 'medium' ? 'yellow' : 'dim';
    out.line(`  ${out.style(style, severity.padEnd(8))}${wrap(text, width, ' '.repeat(10))}`);
    out.line(out.style('dim', `          ${wrap(next, width, ' '.repeat(10))}`));
  }
}

function printTime(out: Output, { time, collections, mutator }: TraceSummary): void {
  section(out, 'Where the time of all goroutines went');
  const all = time.running + time.runnable + time.syscall + time.syscallBlocked + time.waiting || 1;
  const row = (name: string, value: number) => [name, nanos(value), percent(value / all)];
  const rows = [
    row('running', time.running),
    row('ready, waiting for a proc', time.runnable),
    row('in syscalls', time.syscall),
    row('in syscalls without a proc', time.syscallBlocked),
    ...time.blocked
      .slice(0, MOST_ROWS)
      .map(({ name, time: value }) => row(`waiting: ${name || 'reason not known'}`, value)),
  ];
  lines(
    out,
    rows.filter(([, value]) => value !== '0 s'),
    ['left', 'right', 'right'],
  );
  const { mark, assist, sweep } = collections;
  if (mark.count + assist.count + sweep.count === 0) return;
  out.line(
    `  of that under GC: ${nanos(mark.sum)} in mark phases (wall time), ` +
      `${nanos(assist.sum)} in ${count(assist.count, 'assist')}, ${nanos(sweep.sum)} sweeping`,
  );
  const least = mutator.minimum.map(
    ({ window, utilisation }) => `${percent(utilisation)} in ${nanos(window)}`,
  );
  out.line(
    `  the GC leaves the program ${percent(mutator.mean)} of the procs, at worst ${least.join(', ')}`,
  );
}

const SHORT_HEAD = ['running', 'share', 'count', 'mean', 'p99', 'max', 'ready', 'waiting'];

function printGroups(out: Output, { time }: TraceSummary, groups: readonly GoroutineGroup[]): void {
  const rows = groups.map((group) => [
    nanos(group.running.sum),
    percent(group.running.sum / Math.max(1, time.running)),
    String(group.count),
    nanos(group.running.mean),
    nanos(group.running.p99),
    nanos(group.running.max),
    nanos(group.runnable.sum),
    nanos(group.waiting.sum),
    groupName(group),
  ]);
  const head = [...SHORT_HEAD, 'start function'];
  lines(out, [head, ...rows], [...SHORT_HEAD.map((): Align => 'right'), 'left']);
}

const SPREAD = ['min', 'mean', 'p50', 'p90', 'p99', 'max'] as const;

/** All groups, with all that is known of each. */
export function printAllGroups(out: Output, { groups, time }: TraceSummary): void {
  for (const group of groups) {
    const { start } = group;
    const share = percent(group.running.sum / Math.max(1, time.running));
    out.line(`${out.style('bold', groupName(group))}  ${where(start)}`);
    out.line(
      `  ${count(group.count, 'goroutine')}, ${share} of the running time, ${count(group.slices, 'slice')}`,
    );
    const columns = [
      ['running', group.running],
      ['ready', group.runnable],
      ['syscall', group.syscall],
      ['waiting', group.waiting],
      ['in the trace', group.total],
    ] as const;
    const rows = columns
      .filter(([, { sum }]) => sum > 0)
      .map(([name, spread]) => [
        name,
        nanos(spread.sum),
        ...SPREAD.map((field) => nanos(spread[field])),
      ]);
    const head = ['', 'sum', ...SPREAD];
    lines(out, [head, ...rows], ['left', ...head.slice(1).map((): Align => 'right')]);
    const named = [...group.blocked, ...group.ranges].filter((one) => one.time > 0);
    const times = named.map((one) => `${one.name || 'reason not known'} ${nanos(one.time)}`);
    if (times.length > 0) out.line(`  of that: ${times.join(', ')}`);
    out.line();
  }
}

function groupName({ start, inferred, count: size }: GoroutineGroup): string {
  if (start.func === '') return '(no stack of them in the trace)';
  return inferred === size ? `${start.func} (by stacks elsewhere)` : start.func;
}

function printLatency(out: Output, { waits, trace, names }: TraceSummary): void {
  const { latency, slices, worst } = waits;
  section(out, 'Ready, but not running');
  const spread = `p50 ${nanos(latency.p50)}, p99 ${nanos(latency.p99)}, at most ${nanos(latency.max)}`;
  out.line(`  ${latency.count} times: ${spread}`);
  out.line(
    `  then run for p50 ${nanos(slices.p50)}, p99 ${nanos(slices.p99)}, at most ${nanos(slices.max)}`,
  );
  const rows = worst.slice(0, 3).map(({ goroutine, start, time, stack }) => {
    const by = placeOf(trace, stack).func;
    const name = trace.strings[names.name[goroutine]];
    const what = `goroutine ${trace.goroutines.id[goroutine]} ${name}`;
    return [
      nanos(time),
      `at ${nanos(start)}`,
      `${what}${by === '' ? '' : `, made ready in ${by}`}`,
    ];
  });
  lines(out, rows, ['right', 'left', 'left']);
}

function printPauses(out: Output, { collections, trace }: TraceSummary): void {
  if (collections.pauses.length === 0) return;
  section(out, 'Worst pauses (the world stopped)');
  const rows = collections.pauses
    .slice(0, 5)
    .map(({ time, start, reason, stack }) => [
      nanos(time),
      `at ${nanos(start)}`,
      reason,
      where(placeOf(trace, stack)),
    ]);
  lines(out, rows, ['right', 'left', 'left', 'left']);
}

function where({ func, file, line }: Place): string {
  return func === '' ? '' : `${func} ${file.slice(file.lastIndexOf('/') + 1)}:${line}`;
}

/** Not those of the runtime's own goroutines, which mostly wait for work. */
function printWaits(out: Output, { waits, trace, names }: TraceSummary): void {
  const own = waits.places.filter(({ stack, goroutine }) => {
    const start = trace.strings[names.name[goroutine]];
    return placeOf(trace, stack).func !== '' && !/^runtime\.(?!main$)/.test(start);
  });
  if (own.length === 0) return;
  section(out, 'Longest waits by place (to wait is no fault: idle workers do)');
  const rows = own
    .slice(0, MOST_ROWS)
    .map((wait) => [
      nanos(wait.total),
      `${wait.count}×`,
      `longest ${nanos(wait.longest)}`,
      trace.strings[wait.reason] || 'not known',
      where(placeOf(trace, wait.stack)) +
        woken(wait.wakerStack === 0 ? '' : where(placeOf(trace, wait.wakerStack))),
    ]);
  lines(out, rows, ['right', 'right', 'left', 'left', 'left']);
}

function woken(place: string): string {
  return place === '' ? '' : `, woken by ${place}`;
}

function printAnnotations(out: Output, title: string, groups: readonly AnnotationGroup[]): void {
  const named = groups.filter(({ name }) => name !== '');
  if (named.length === 0) return;
  section(out, `${title} by type`);
  const head = ['count', 'min', 'mean', 'p50', 'p99', 'max', 'running', 'ready', 'waiting', 'type'];
  const rows = named.slice(0, MOST_ROWS).map(({ name, count: all, durations: d, use }) => {
    const total = use.running + use.runnable + use.syscall + use.syscallBlocked + use.waiting;
    const share = (time: number) => (total === 0 ? '–' : percent(time / total));
    const shares = [use.running, use.runnable, use.waiting].map(share);
    const spread = [d.min, d.mean, d.p50, d.p99, d.max].map(nanos);
    return [String(all), ...spread, ...shares, name];
  });
  lines(out, [head, ...rows], [...head.slice(1).map((): Align => 'right'), 'left']);
  if (named.length > MOST_ROWS) out.line(`  and ${named.length - MOST_ROWS} types more`);
}
