/**
 * Builds and starts real Go services, and knows which finding each of them must lead to.
 *
 * The demo shop and the programs of ./programs name the lines to change in comments beside them
 * (`// fault: map-growth`, `// want: heap-leak`; `also` marks other lines of the same mistake), so
 * that no expectation here goes stale. Binaries lie in .cache/live.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Finding, FindingKind, FindingsReport, Place } from '../../src/explain/finding.ts';
import { canHost, type Host, Hosted, hostOf } from './host.ts';

const root = join(import.meta.dirname, '../..');
const binaries = join(root, '.cache/live/bin');
const programs = join(import.meta.dirname, 'programs');
const demo = join(root, 'demo');

/** A service, the way it is started, and what it must lead to. */
export interface LiveCase {
  readonly name: string;
  /** `shop`, or a folder of ./programs. */
  readonly program: string;
  readonly args: readonly string[];
  /** What it is put into; undefined = nothing but this machine. */
  readonly host: Host | undefined;
  /** Undefined for a healthy service. */
  readonly fault: LiveFault | undefined;
}

export interface LiveFault {
  /** Several when a line is rightly seen in two ways. */
  readonly kinds: readonly string[];
  readonly lines: readonly MarkedLine[];
}

interface MarkedLine {
  readonly file: string;
  readonly line: number;
  /** The line to change, as against another line of the same mistake. */
  readonly exact: boolean;
}

export function goIsAvailable(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * The demo healthy and with each of its faults, then the foreign programs and their healthy twins.
 */
export function liveCases(): LiveCase[] {
  return [...demoCases(), ...foreignCases()];
}

function demoCases(): LiveCase[] {
  const lines = goFiles(demo).flatMap((file) =>
    markedLines(file, /\/\/ fault: ([a-z-]+)(, also)?$/),
  );
  const kinds = demoKinds();
  const shop = (name: string, args: readonly string[], fault: LiveFault | undefined) => ({
    name,
    program: 'shop',
    args,
    host: undefined,
    fault,
  });
  const faults = [...kinds].map(([name, kind]) =>
    shop(`shop ${name}`, ['-fault', name], {
      kinds: [kind],
      lines: lines.filter((l) => l.name === name),
    }),
  );
  return [shop('shop', [], undefined), ...faults];
}

/** Fault names of the demo with their kinds, from `fault.New("name", "kind", …)`. */
function demoKinds(): Map<string, string> {
  const kinds = new Map<string, string>();
  for (const file of goFiles(demo)) {
    for (const match of readFileSync(file, 'utf8').matchAll(
      /fault\.New\("([a-z-]+)", "([a-z-]+)"/g,
    )) {
      if (!file.endsWith('fault.go')) kinds.set(match[1] ?? '', match[2] ?? '');
    }
  }
  return kinds;
}

function foreignCases(): LiveCase[] {
  const cases: LiveCase[] = [];
  for (const program of readdirSync(programs)) {
    const file = join(programs, program, 'main.go');
    if (program === 'internal' || !statSync(join(programs, program)).isDirectory()) continue;
    const lines = markedLines(file, /\/\/ (want|also): ([a-z -]+)$/);
    const wanted = lines.filter((l) => l.exact);
    if (wanted.length > 0) {
      const kinds = [...new Set(wanted.flatMap((l) => l.name.split(' ')))];
      const host = hostOf(readFileSync(file, 'utf8'));
      if (host === undefined || canHost(host)) {
        cases.push({ name: program, program, args: [], host, fault: { kinds, lines } });
      }
    }
    const twin = wanted.length > 0 ? `${program} (healthy)` : program;
    cases.push({ name: twin, program, args: ['-healthy'], host: undefined, fault: undefined });
  }
  return cases;
}

function markedLines(file: string, marker: RegExp): (MarkedLine & { name: string })[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const match = marker.exec(text);
      if (match === null) return [];
      const [, first = '', second = ''] = match;
      const own = first === 'want' || first === 'also';
      const exact = own ? first === 'want' : second === '';
      return [{ file, line: index + 1, exact, name: own ? second : first }];
    });
}

function goFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
    .map((name) => join(folder, name));
}

/**
 * Builds the program of a case and gives the path of the binary. Throws with the compiler's words.
 */
export function build(program: string): string {
  mkdirSync(binaries, { recursive: true });
  const binary = join(binaries, program);
  const [cwd, what] = program === 'shop' ? [demo, '.'] : [programs, `./${program}`];
  const built = spawnSync('go', ['build', '-o', binary, what], { cwd, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`go build ${program}: ${built.stderr}`);
  return binary;
}

export interface RunningService {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a built program on a free port and waits until it answers. */
export async function start(
  binary: string,
  { args, host }: Pick<LiveCase, 'args' | 'host'>,
): Promise<RunningService> {
  const address = `127.0.0.1:${await freePort()}`;
  const hosted = new Hosted(binary, ['-addr', address, ...args], host);
  const stop = () => hosted.stop();
  try {
    await untilReady(hosted.child, address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

/** A port that was free a moment ago; fixed ones would meet other runs of the same suite. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (bound === null || typeof bound === 'string') throw new Error('no port is free');
  return bound.port;
}

async function untilReady(child: ChildProcess, address: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
    await pause(100);
    try {
      const response = await fetch(`http://${address}/debug/pprof/cmdline`, {
        signal: AbortSignal.timeout(1000),
      });
      await response.arrayBuffer();
      return;
    } catch {
      // It does not listen yet.
    }
  }
  throw new Error(`no answer from ${address}`);
}

export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

/** How a report compares with what its case must lead to. */
export interface Verdict {
  /**
   * The first finding has the kind and one of the lines; for a healthy case, nothing is above
   * `low`.
   */
  readonly right: boolean;
  /** It is the very line to change. */
  readonly exact: boolean;
  /** Kinds of the findings above `low`. */
  readonly aboveLow: readonly FindingKind[];
}

export function judge(report: FindingsReport, fault: LiveFault | undefined): Verdict {
  const findings = report.findings.filter((finding) => !isOfMachine(finding, fault));
  const aboveLow = findings
    .filter((f) => f.severity === 'high' || f.severity === 'medium')
    .map((f) => f.kind);
  if (fault === undefined) return { right: aboveLow.length === 0, exact: false, aboveLow };
  const [first] = findings;
  const place = first?.where[0];
  if (first === undefined || place === undefined || !fault.kinds.includes(first.kind)) {
    return { right: false, exact: false, aboveLow };
  }
  const line = fault.lines.find((l) => isAt(place, l));
  return { right: line !== undefined, exact: line?.exact === true, aboveLow };
}

/** On a machine with more to do than it has CPUs, it is true of every service that others starve it. */
function isOfMachine({ kind }: Finding, fault: LiveFault | undefined): boolean {
  if (kind !== 'cpu-starvation' || fault?.kinds.includes(kind) === true) return false;
  return (loadavg()[0] ?? 0) > availableParallelism();
}

function isAt(place: Place, line: MarkedLine): boolean {
  return place.line === line.line && place.file === line.file;
}
