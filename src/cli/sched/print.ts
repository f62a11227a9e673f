/** A run's GODEBUG lines as a summary to read, in a pipe or under a file. */
import { formatHuman } from '../../base/units.ts';
import type {
  GcSummary,
  GodebugSummary,
  InitSummary,
  Percentiles,
  ScavengerSummary,
  SchedulerSummary,
} from '../../metrics/godebug/summary.ts';

export interface SchedCounts {
  /** Lines that are the program's own. */
  readonly foreign: number;
  readonly notUnderstood: number;
}

export function summaryText(summary: GodebugSummary, counts: SchedCounts): string {
  const parts = [
    summary.scheduler === undefined ? [] : schedulerLines(summary.scheduler),
    summary.gc === undefined ? [] : gcLines(summary.gc),
    summary.scavenger === undefined ? [] : scavengerLines(summary.scavenger),
    summary.init === undefined ? [] : initLines(summary.init),
    [countsLine(counts)],
  ];
  const text = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${text.join('\n\n')}\n`;
}

const percent = (share: number) => `${formatHuman(share * 100, '')} %`;
const seconds = (value: number) => formatHuman(value * 1e9, 'ns');
const millis = (value: number) => formatHuman(value * 1e6, 'ns');

function schedulerLines(s: SchedulerSummary): string[] {
  const line = (name: string, { p50, p90, p99, max }: Percentiles) =>
    `  ${name.padEnd(26)}${[p50, p90, p99, max].map((n) => String(n).padStart(6)).join('')}`;
  const perProc = s.queueByProc.map((average) => formatHuman(average, '')).join(' ');
  const rates = s.scheduledByProc.map((rate) => formatHuman(rate, '')).join(' ');
  return [
    `scheduler: ${s.samples} samples in ${seconds(s.seconds)}, GOMAXPROCS ${s.gomaxprocs}`,
    `  ${''.padEnd(26)}${['p50', 'p90', 'p99', 'max'].map((n) => n.padStart(6)).join('')}`,
    line('goroutines without a P', s.waiting),
    line('  in the global queue', s.globalQueue),
    line('  in the queue of a P', s.localQueue),
    line('idle Ps', s.idleProcs),
    line('threads', s.threads),
    `  goroutines waited in ${percent(s.waitingShare)} of the samples, beside an idle P in ${percent(s.waitingWhileIdleShare)}`,
    `  all Ps were busy in ${percent(s.busyShare)}; one queue was far longer than the others in ${percent(s.unevenShare)}`,
    `  average queue of each P: ${perProc}`,
    ...(rates === '' ? [] : [`  goroutines scheduled per second on each P: ${rates}`]),
    ...schedulerReading(s),
  ];
}

/** What the numbers mean, where they say something. */
function schedulerReading(s: SchedulerSummary): string[] {
  if (s.samples < 10)
    return ['  too few samples to tell more: let it run longer, or sample more often'];
  if (s.waitingWhileIdleShare > 0.1) {
    return ['  → work waits although Ps are idle: goroutines are woken later than they could run'];
  }
  if (s.busyShare > 0.5 && s.waiting.p50 > s.gomaxprocs) {
    return ['  → more work than Ps: it waits for CPU. More cores, or less work'];
  }
  return s.unevenShare > 0.1
    ? ['  → one P gets the work of many: one goroutine starts all others']
    : [];
}

function gcLines(gc: GcSummary): string[] {
  const { p50, p90, p99, max } = gc.pauseMillis;
  const every =
    gc.cycles > 1 && gc.seconds > 0 ? `, one in ${seconds(gc.seconds / (gc.cycles - 1))}` : '';
  const { assist, background, idle } = gc.cpuMillis;
  return [
    `garbage collection: ${gc.cycles} cycles${every}, ${gc.forced} forced, ${gc.cpuPercent} % of CPU since the start`,
    `  pauses: p50 ${millis(p50)}, p90 ${millis(p90)}, p99 ${millis(p99)}, max ${millis(max)}; ${millis(gc.pausedMillis)} in all`,
    `  marking: ${millis(gc.concurrentMillis)} beside the program; CPU ${millis(background)} dedicated, ${millis(assist)} by assists, ${millis(idle)} on idle Ps`,
    `  live heap: ${gc.liveMB.first} → ${gc.liveMB.last} MiB, at most ${gc.liveMB.max}; goal ${gc.goalMB} MiB, largest heap ${gc.heapMaxMB} MiB`,
  ];
}

function scavengerLines(s: ScavengerSummary): string[] {
  const size = (kib: number) => formatHuman(kib * 1024, 'bytes');
  return [
    `scavenger: ${size(s.backgroundKiB)} given back in the background, ${size(s.eagerKiB)} at once; ${size(s.releasedKiB)} are with the system, the heap uses ${s.utilPercent} % of the rest`,
  ];
}

function initLines(init: InitSummary): string[] {
  const slowest = init.slowest.map((one) => `${one.package} ${millis(one.clockMillis)}`);
  const size = formatHuman(init.bytes, 'bytes');
  return [
    `initialization: ${init.packages} packages, ${millis(init.clockMillis)}, ${size} allocated`,
    `  slowest: ${slowest.join(', ')}`,
  ];
}

function countsLine({ foreign, notUnderstood }: SchedCounts): string {
  const lines = (count: number) => `${count} ${count === 1 ? 'line' : 'lines'}`;
  const bad = notUnderstood === 0 ? '' : `; ${lines(notUnderstood)} of the runtime not understood`;
  return `${lines(foreign)} of the program’s own${bad}`;
}
