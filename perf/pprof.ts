/**
 * `whygo pprof` against Go's pprof, whole process against whole process, with the bars that it is held to:
 * `node perf/pprof.ts [--json] [--runs=N] [--only=medium,-dot] [FOLDER]`.
 *
 * CPU seconds (user + system) and peak resident memory; alternating runs, medians; both outputs must be
 * equal (-proto's unzipped). Small profiles are compared with `go tool pprof` and bare Node instead: no
 * start of Node beats a binary that is done after 20 ms.
 *
 * FOLDER holds `*.pb.gz` (default: the profiles of make-profiles.ts, made when they are missing); a
 * `NAME-base.pb.gz` beside `NAME.pb.gz` is its base, else the profile itself. Needs `go` (pprof itself is
 * built once), a built dist/, and for memory GNU time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { basename, join } from 'node:path';
import { PERF_CACHE, PPROF_RECIPES, profileFile } from './make-profiles.ts';

const root = join(import.meta.dirname, '..');
const argv = process.argv.slice(2);
const option = (name: string) =>
  argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const folder = argv.find((arg) => !arg.startsWith('-'));
const only = option('only')?.split(',') ?? [];

/** What a cell may cost: a share of pprof's CPU time, CPU seconds, MiB. */
interface Bar {
  readonly ratio: number;
  readonly seconds?: number;
  readonly mib?: number;
}

type Size = 'small' | 'medium' | 'labelled' | 'large';

/** Arguments of a command, given a profile and its base. */
const COMMANDS: Readonly<Record<string, (file: string, base: string) => string[]>> = {
  '-top': (file) => ['-top', file],
  '-diff_base': (file, base) => ['-top', `-diff_base=${base}`, file],
  '-proto': (file, base) => ['-proto', base, file],
  '-dot': (file) => ['-dot', file],
  '-traces': (file) => ['-traces', file],
};

const ELSE: Readonly<Record<Size, Bar>> = {
  small: { ratio: 1 },
  medium: { ratio: 0.5 },
  labelled: { ratio: 0.3 },
  large: { ratio: 0.25 },
};

const BARS: Readonly<Record<string, Partial<Record<Size, Bar>>>> = {
  '-top': {
    labelled: { ratio: 0.2, seconds: 0.5 },
    large: { ratio: 0.17, seconds: 4, mib: 800 },
  },
  '-diff_base': { labelled: { ratio: 0.2 }, large: { ratio: 0.2, mib: 1229 } },
  '-traces': { large: { ratio: 0.25, mib: 1024 } },
};

const RUNS: Readonly<Record<Size, number>> = { small: 11, medium: 7, labelled: 5, large: 1 };
/** pprof holds the whole text of -traces: some 19 GB of a profile of 1.3 million samples. */
const TRACES_BYTES = 24e9;

interface Run {
  readonly seconds: number;
  /** NaN without GNU time. */
  readonly mib: number;
  /** Checksum and length. */
  readonly output: string;
}

const GNU_TIME = '/usr/bin/time';
const memoryFile = join(PERF_CACHE, 'memory');
const measured = existsSync(GNU_TIME) ? [GNU_TIME, '-f', '%M', '-o', memoryFile] : [];

/** Runs a command. Its output goes through a pipe: the text of -traces is gigabytes. */
function run(command: readonly string[], filter: string): Run {
  const script = `TIMEFORMAT="%U %S"; set -o pipefail; { time "$@" 2>/dev/null; } | ${filter}`;
  const result = spawnSync('bash', ['-c', script, 'bash', ...measured, ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status !== 0) throw new Error(`${command.join(' ')} failed: ${result.stderr}`);
  const [user = Number.NaN, system = Number.NaN] = result.stderr.trim().split(' ').map(Number);
  const mib = measured.length === 0 ? Number.NaN : Number(readFileSync(memoryFile, 'utf8')) / 1024;
  return { seconds: user + system, mib, output: result.stdout.trim() };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function buildPprof(): string {
  mkdirSync(PERF_CACHE, { recursive: true });
  const binary = join(PERF_CACHE, 'pprof');
  const build = spawnSync('go', ['build', '-o', binary, 'cmd/pprof'], { encoding: 'utf8' });
  if (build.error === undefined && build.status === 0) return binary;
  throw new Error(`Cannot build cmd/pprof: ${build.error?.message ?? build.stderr}`);
}

function sizeOf(file: string): Size {
  if (basename(file).includes('labelled')) return 'labelled';
  const { size } = statSync(file);
  return size > 5_000_000 ? 'large' : size > 200_000 ? 'medium' : 'small';
}

interface Row {
  readonly profile: string;
  readonly command: string;
  readonly runs: number;
  readonly oursSeconds: number;
  readonly oursMib: number;
  /** pprof's binary, or `go tool pprof` for small profiles; undefined when it was not run. */
  readonly peerSeconds: number | undefined;
  readonly peerMib: number | undefined;
  readonly ratio: number | undefined;
  readonly bar: Bar;
  readonly withinBar: boolean;
  readonly equal: boolean;
}

const pprof = buildPprof();
const ours = [process.execPath, join(root, 'dist/cli/main.js'), 'pprof'];

function measure(file: string, name: string): Row {
  const size = sizeOf(file);
  const base = file.replace(/\.pb\.gz$/, '-base.pb.gz');
  const args = COMMANDS[name]?.(file, existsSync(base) ? base : file) ?? [];
  const peer = size === 'small' ? ['go', 'tool', 'pprof'] : [pprof];
  const withPeer = name !== '-traces' || size !== 'large' || freemem() > TRACES_BYTES;
  const filter = name === '-proto' ? 'gunzip | cksum' : 'cksum';
  const runs = Number(option('runs') ?? RUNS[size]);
  const mine: Run[] = [];
  const theirs: Run[] = [];
  for (let i = 0; i < runs; i++) {
    mine.push(run([...ours, ...args], filter));
    if (withPeer) theirs.push(run([...peer, ...args], filter));
  }
  const bar = BARS[name]?.[size] ?? ELSE[size];
  const oursSeconds = median(mine.map(({ seconds }) => seconds));
  const oursMib = median(mine.map(({ mib }) => mib));
  const peerSeconds = withPeer ? median(theirs.map(({ seconds }) => seconds)) : undefined;
  const ratio = peerSeconds === undefined ? undefined : oursSeconds / peerSeconds;
  return {
    profile: basename(file, '.pb.gz'),
    command: name,
    runs,
    oursSeconds,
    oursMib,
    peerSeconds,
    peerMib: withPeer ? median(theirs.map(({ mib }) => mib)) : undefined,
    ratio,
    bar,
    withinBar:
      !((ratio ?? 0) > bar.ratio) &&
      !(oursSeconds > (bar.seconds ?? Number.POSITIVE_INFINITY)) &&
      !(oursMib > (bar.mib ?? Number.POSITIVE_INFINITY)),
    equal: !withPeer || mine.every(({ output }) => theirs.some((other) => other.output === output)),
  };
}

function textOf(row: Row): string {
  const seconds = (value: number | undefined) => (value ?? Number.NaN).toFixed(2);
  const cpu =
    row.ratio === undefined
      ? `${seconds(row.oursSeconds)} : not run (19 GB)`
      : `${seconds(row.oursSeconds)} : ${seconds(row.peerSeconds)} CPU s = ${row.ratio.toFixed(2)}`;
  const memory = Number.isNaN(row.oursMib)
    ? ''
    : `, ${row.oursMib.toFixed(0)} : ${row.peerMib?.toFixed(0) ?? '?'} MiB`;
  const { ratio, seconds: most, mib } = row.bar;
  const bar = [ratio, ...(most === undefined ? [] : [`${most} s`]), ...(mib ? [`${mib} MiB`] : [])];
  const verdict = row.withinBar ? 'ok' : 'OVER';
  const equality = row.equal ? '' : '  OUTPUT DIFFERS';
  const label = `${row.profile} ${row.command}`.padEnd(26);
  return `${label} ${`${cpu}${memory}`.padEnd(48)} (bar ${bar.join(', ')}) ${verdict}${equality}`;
}

/** The start of Node with nothing to do, which every one of our runs contains. */
function bareNode(): number {
  const runs = Array.from({ length: RUNS.small }, () =>
    run([process.execPath, '-e', '0'], 'cksum'),
  );
  return median(runs.map(({ seconds }) => seconds));
}

const files =
  folder === undefined
    ? PPROF_RECIPES.map(profileFile)
    : readdirSync(folder)
        .filter((name) => name.endsWith('.pb.gz'))
        .map((name) => join(folder, name));
const wanted = (file: string, name: string) => {
  const sizes = only.filter((word) => !word.startsWith('-'));
  const names = only.filter((word) => word.startsWith('-'));
  return (
    (sizes.length === 0 || sizes.includes(sizeOf(file))) &&
    (names.length === 0 || names.includes(name))
  );
};
const isJson = argv.includes('--json');
const rows: Row[] = [];
for (const file of files.filter((path) => !path.endsWith('-base.pb.gz'))) {
  for (const name of Object.keys(COMMANDS).filter((command) => wanted(file, command))) {
    const row = measure(file, name);
    rows.push(row);
    if (!isJson) process.stdout.write(`${textOf(row)}\n`);
  }
}
const node = bareNode();
if (isJson) {
  process.stdout.write(
    `${JSON.stringify({ schema: 'whygo.perf.pprof/1', bareNodeSeconds: node, rows })}\n`,
  );
} else {
  const within = rows.filter(({ withinBar }) => withinBar).length;
  process.stdout.write(
    `bare Node ${node.toFixed(3)} CPU s; ${within} of ${rows.length} within their bars\n`,
  );
}
if (rows.some(({ equal }) => !equal)) process.exitCode = 1;
