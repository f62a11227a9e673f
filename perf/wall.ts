/**
 * What polling costs the target: `node perf/wall.ts [--json]`.
 *
 * Runs test/wall/polled idle with 100, 1,000 and 10,000 goroutines, and takes its CPU time (user +
 * system of /proc/PID/stat) over as long without polling, and with whygo polling it: with a budget
 * of 1 %, and without one, at 10 Hz. What the poller believes stands beside what it was. The bar:
 * with a budget, at most 1.2 % of a core. Needs Linux and `go`.
 */
import { readFileSync } from 'node:fs';
import { targetsFromArguments } from '../src/collect/config/config.ts';
import { type WallCapture, WallPoller } from '../src/collect/wall.ts';
import type { PollLevel } from '../src/goroutines/wall.ts';
import { buildPolled, type Polled, startPolled } from '../test/wall/program.ts';

const GOROUTINES = [100, 1000, 10_000];
const SECONDS = 20;
const BAR = 0.012;

interface Row {
  readonly goroutines: number;
  readonly budget: string;
  readonly level: string;
  readonly hz: number;
  /** Shares of one core. */
  readonly idle: number;
  readonly polled: number;
  readonly believed: number;
  readonly isWithin: boolean | undefined;
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Share of a core that the program used meanwhile. */
async function shareOf<T>(pid: number, work: () => Promise<T>): Promise<readonly [number, T]> {
  const cpu = cpuSeconds(pid);
  const started = performance.now();
  const result = await work();
  return [((cpuSeconds(pid) - cpu) * 1000) / (performance.now() - started), result];
}

async function capture(url: string, budget: number, level: PollLevel | 'auto') {
  const [config] = targetsFromArguments([url]).targets;
  if (config === undefined) throw new Error('no target');
  const poller = await WallPoller.start(config, { budget, hz: 10, level });
  try {
    return await poller.capture({ forMillis: SECONDS * 1000 });
  } finally {
    poller.close();
  }
}

async function measured(polled: Polled, goroutines: number, budget: number): Promise<Row> {
  const { pid, url } = polled;
  const [idle] = await shareOf(
    pid,
    () => new Promise((resolve) => setTimeout(resolve, SECONDS * 500)),
  );
  const isFree = budget >= 1;
  const [share, result] = await shareOf(pid, () => capture(url, budget, isFree ? 1 : 'auto'));
  const polls = [...result.polls.values()].reduce((sum, count) => sum + count, 0);
  return {
    goroutines,
    budget: isFree ? 'none' : `${budget * 100} %`,
    level: levelsOf(result),
    hz: polls / (result.elapsedMillis / 1000),
    idle,
    polled: share,
    believed: result.cost,
    isWithin: isFree ? undefined : share - idle <= BAR,
  };
}

function levelsOf({ polls }: WallCapture): string {
  return [...polls].map(([level, count]) => `${count}×debug=${level}`).join(' ');
}

buildPolled();
const rows: Row[] = [];
for (const goroutines of GOROUTINES) {
  const polled = await startPolled(['-waiters', String(goroutines), '-spinners', '0']);
  try {
    for (const budget of [0.01, 1]) rows.push(await measured(polled, goroutines, budget));
  } finally {
    polled.stop();
  }
}
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows, undefined, 2));
} else {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  for (const row of rows) {
    const verdict = row.isWithin === undefined ? '' : row.isWithin ? '  within' : '  OVER';
    console.log(
      `${String(row.goroutines).padStart(6)} goroutines, budget ${row.budget.padEnd(4)}  ` +
        `${row.hz.toFixed(1).padStart(4)} Hz  target ${percent(row.polled - row.idle)} of a core ` +
        `(idle ${percent(row.idle)}), believed ${percent(row.believed)}${verdict}  ${row.level}`,
    );
  }
}
process.exitCode = rows.some(({ isWithin }) => isWithin === false) ? 1 : 0;
