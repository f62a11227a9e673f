/**
 * From nothing to the first flame graph: `node perf/page.ts [--json] [--runs=3] [FILE…]`.
 *
 * For each profile: starts `whygo pprof -http`, opens the page in a real browser, and waits until the
 * flame graph is drawn. Prints how long the server took to be up, from there to the picture, both
 * together, and the bytes that came over the wire. Then without a browser, beside `go tool pprof -http`:
 * how long everything took that a browser needs to draw the first flame graph (ours: page, script, style
 * and tree; pprof's: its answer to /ui/flamegraph). Bars: the large profile is drawn within 3 s of the
 * start of the command; for the others the answer, which is what pprof is compared by, is there within
 * 0.3 s of the server being up; all with less than 1 MB. The exit status is 1 when one is missed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { PERF_CACHE } from './make-profiles.ts';

const root = join(import.meta.dirname, '..');
const CLI = join(root, 'dist', 'cli', 'main.js');
const flag = (name: string): string | undefined =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const runs = Number(flag('runs') ?? 3);
const named = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const files =
  named.length > 0
    ? named
    : ['medium-heap', 'labelled-cpu', 'large-heap']
        .map((name) => join(PERF_CACHE, `${name}.pb.gz`))
        .filter((file) => existsSync(file));

/** Milliseconds and bytes of one run. */
interface Run {
  readonly upMs: number;
  /** From the server being up to the picture, or to the end of the answer. */
  readonly firstMs: number;
  readonly bytes: number;
}

/** Starts a server and waits for its address. */
async function started(
  command: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly url: string; readonly upMs: number }> {
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /Serving web UI on (http:\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${command} ended with ${status}: ${said}`)));
  });
  return { child, url, upMs: performance.now() - begin };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

async function ours(file: string, browser: Browser): Promise<Run> {
  // A new context has an empty cache.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  let drawn = false;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    if (!drawn) bytes += encodedDataLength;
  });
  const args = [CLI, 'pprof', '-http=localhost:', '-no_browser', file];
  const { child, url, upMs } = await started(process.execPath, args);
  try {
    const begin = performance.now();
    await page.goto(`${url}/ui/flamegraph`, { waitUntil: 'commit' });
    await page.locator('[aria-roledescription="flame graph"]').waitFor();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    const firstMs = performance.now() - begin;
    drawn = true;
    return { upMs, firstMs, bytes };
  } finally {
    await context.close();
    await ended(child);
  }
}

/** Page, script, style and data of the first picture, as a browser asks for them. */
async function answered(file: string): Promise<Run> {
  const args = [CLI, 'pprof', '-http=localhost:', '-no_browser', file];
  const { child, url, upMs } = await started(process.execPath, args);
  try {
    const begin = performance.now();
    const load = async (path: string): Promise<ArrayBuffer> =>
      await (await fetch(`${url}/ui/${path}`)).arrayBuffer();
    const page = await load('flamegraph');
    const html = new TextDecoder().decode(page);
    const linked = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path);
    const parts = await Promise.all(linked.map(load));
    const bytes = [page, ...parts].reduce((sum, part) => sum + part.byteLength, 0);
    return { upMs, firstMs: performance.now() - begin, bytes };
  } finally {
    await ended(child);
  }
}

/** pprof says its address before it listens there. */
async function fetchOnceUp(url: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function peer(file: string): Promise<Run | undefined> {
  const binary = join(PERF_CACHE, 'pprof');
  if (!existsSync(binary)) return undefined;
  const { child, url, upMs } = await started(binary, ['-http=localhost:', '-no_browser', file]);
  try {
    const begin = performance.now();
    const answer = await (await fetchOnceUp(`${url}/ui/flamegraph`)).arrayBuffer();
    return { upMs, firstMs: performance.now() - begin, bytes: answer.byteLength };
  } finally {
    await ended(child);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function middle(all: readonly Run[]): Run {
  const of = (column: keyof Run) => median(all.map((run) => run[column]));
  return { upMs: of('upMs'), firstMs: of('firstMs'), bytes: of('bytes') };
}

interface Result {
  readonly profile: string;
  readonly drawn: Run;
  /** Without a browser; bytes are unpacked. */
  readonly answered: Run;
  /** undefined = not asked: pprof needs minutes and 19 GB for the large profile. */
  readonly pprof: Run | undefined;
  readonly met: boolean;
}

async function measure(file: string, browser: Browser): Promise<Result> {
  const isLarge = basename(file).startsWith('large');
  const mine: Run[] = [];
  const plain: Run[] = [];
  const theirs: Run[] = [];
  for (let run = 0; run < runs; run++) {
    mine.push(await ours(file, browser));
    plain.push(await answered(file));
    const other = isLarge ? undefined : await peer(file);
    if (other !== undefined) theirs.push(other);
  }
  const run = middle(mine);
  const plainRun = middle(plain);
  const inTime = isLarge ? run.upMs + run.firstMs <= 3000 : plainRun.firstMs <= 300;
  return {
    profile: basename(file),
    drawn: run,
    answered: plainRun,
    pprof: theirs.length > 0 ? middle(theirs) : undefined,
    met: inTime && run.bytes <= 1_000_000,
  };
}

function line(name: string, run: Run): string {
  const ms = (value: number) => `${(value / 1000).toFixed(2)} s`.padStart(9);
  const kilobytes = `${Math.round(run.bytes / 1000).toLocaleString('en')} kB`.padStart(11);
  return `  ${name.padEnd(15)}${ms(run.upMs)}${ms(run.firstMs)}${ms(run.upMs + run.firstMs)}${kilobytes}`;
}

const browser = await launchBrowser();
const results: Result[] = [];
try {
  // The first page of a browser pays for its start.
  await (await browser.newPage()).goto('about:blank');
  for (const file of files) results.push(await measure(file, browser));
} finally {
  await browser.close();
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.page/1', runs, results })}\n`);
} else {
  for (const { profile, drawn, answered: plain, pprof, met } of results) {
    process.stdout.write(`${profile}${met ? '' : '  (bar missed)'}\n`);
    process.stdout.write('                    server    first  together    received\n');
    process.stdout.write(`${line('whygo, drawn', drawn)}\n`);
    process.stdout.write(`${line('whygo, answer', plain)}\n`);
    if (pprof !== undefined) process.stdout.write(`${line('pprof, answer', pprof)}\n`);
  }
}
process.exitCode = results.some(({ met }) => !met) ? 1 : 0;
