/**
 * Scores the diagnoses on GoKer: bugs of real projects, reduced to one file each, that Go’s own tests of
 * the leak profile run (Go ≥ 1.26, src/runtime/testdata/testgoroutineleakprofile/goker).
 *
 *     node test/live/goker.ts [--only NAME,NAME] [--write]
 *
 * Each program runs twice: built with GOEXPERIMENT=goroutineleakprofile, of which the leak profile is
 * explained, and without, of which two dumps ten seconds apart are. Found means that a finding leads
 * into the program’s own file. The sources are read from GOROOT into .cache/goker; `--write` puts the
 * table into docs/diagnoses.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { observationFromFiles, readFiles } from '../../src/collect/observe.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Finding } from '../../src/explain/finding.ts';

const root = join(import.meta.dirname, '../..');
const work = join(root, '.cache/goker');
const document = join(root, 'docs/diagnoses.md');
const jobs = 6;
/** A program whose goroutines keep a processor busy must not hold the others up. */
const patienceMillis = 60_000;

interface Program {
  /** As it is registered: `Cockroach10214`. */
  readonly name: string;
  readonly file: string;
  /** What its authors say of its flakiness (`3/100`); '' = nothing. */
  readonly flaky: string;
}

interface Result {
  readonly program: Program;
  readonly byLeaks: readonly Finding[];
  readonly byDumps: readonly Finding[];
}

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, write: { type: 'boolean', default: false } },
});

await main();

async function main(): Promise<void> {
  const only = options.only?.split(',');
  const programs = prepare().filter(({ name }) => only === undefined || only.includes(name));
  const queue = [...programs];
  const results: Result[] = [];
  const job = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const byLeaks = await findingsOf('with', next);
      const byDumps = await findingsOf('without', next);
      results.push({ program: next, byLeaks, byDumps });
      process.stderr.write(`${next.name}: ${said(byLeaks)} | ${said(byDumps)}\n`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, job));
  results.sort((a, b) => (a.program.name < b.program.name ? -1 : 1));
  const text = tableOf(results);
  process.stdout.write(`${text}\n`);
  if (options.write) writeTable(text);
}

/** Copies and builds both programs, and lists what is in them. */
function prepare(): Program[] {
  const goroot = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).stdout.trim();
  const from = join(goroot, 'src/runtime/testdata/testgoroutineleakprofile/goker');
  if (!existsSync(from)) throw new Error(`${from} is not there: it takes Go 1.26 or later`);
  const source = join(work, 'source');
  rmSync(work, { recursive: true, force: true });
  cpSync(from, source, { recursive: true });
  cpSync(join(import.meta.dirname, 'goker'), source, { recursive: true });
  writeFileSync(join(source, 'go.mod'), 'module goker\n\ngo 1.26\n');
  build(source, 'with', 'goroutineleakprofile');
  build(source, 'without', 'nogoroutineleakprofile');
  return readdirSync(source)
    .filter((file) => file.endsWith('.go'))
    .flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      const name = /^\tregister\("(\w+)"/m.exec(text)?.[1];
      const flaky = /Flaky: (.*)/.exec(text)?.[1] ?? '';
      return name === undefined ? [] : [{ name, file, flaky }];
    });
}

function build(cwd: string, name: string, experiment: string): void {
  const env = { ...process.env, GOEXPERIMENT: experiment };
  const built = spawnSync('go', ['build', '-o', join(work, name), '.'], {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`go build (${experiment}): ${built.stderr}`);
}

/** What its files lead to in its own file. */
async function findingsOf(
  build: 'with' | 'without',
  program: Program,
): Promise<readonly Finding[]> {
  const folder = join(work, 'runs', `${program.name}-${build}`);
  mkdirSync(folder, { recursive: true });
  await run(join(work, build), program.name, folder);
  const names = readdirSync(folder).sort();
  if (names.length === 0) return [];
  const files = await readFiles(names.map((name) => join(folder, name)));
  const { findings } = explain(observationFromFiles(files));
  return findings.filter(({ where }) => where.some(({ file }) => basename(file) === program.file));
}

function run(binary: string, name: string, folder: string): Promise<void> {
  const env = { ...process.env, DUMPS: folder };
  const child = spawn(binary, [name], { env, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMillis);
  return new Promise((resolve) => {
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function said(findings: readonly Finding[]): string {
  const [first] = findings;
  return first === undefined ? 'nothing' : `${first.severity} ${first.kind}`;
}

function tableOf(results: readonly Result[]): string {
  const rows = [
    '| | programs | `goroutine-leak` from the leak profile | `stuck` from two dumps | of these above `low` | a circle of locks proven | either |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    rowOf('all', results),
    rowOf(
      'not called flaky by their authors',
      results.filter(({ program }) => program.flaky === ''),
    ),
    '',
    `Found by neither: ${namesOf(results, (r) => r.byLeaks.length + r.byDumps.length === 0)}.`,
    '',
    `By the dumps alone: ${namesOf(results, (r) => r.byLeaks.length === 0 && r.byDumps.length > 0)}.`,
    '',
    `By the leak profile alone: ${namesOf(results, (r) => r.byLeaks.length > 0 && r.byDumps.length === 0)}.`,
  ];
  return rows.join('\n');
}

function rowOf(what: string, results: readonly Result[]): string {
  const count = (holds: (result: Result) => boolean) => results.filter(holds).length;
  const cells = [
    results.length,
    count(({ byLeaks }) => byLeaks.length > 0),
    count(({ byDumps }) => byDumps.length > 0),
    count(({ byDumps }) => byDumps.some((f) => f.severity === 'high' || f.severity === 'medium')),
    count(({ byDumps }) => byDumps.some(({ title }) => title.startsWith('Deadlock'))),
    count(({ byLeaks, byDumps }) => byLeaks.length + byDumps.length > 0),
  ];
  return `| ${[what, ...cells].join(' | ')} |`;
}

function namesOf(results: readonly Result[], holds: (result: Result) => boolean): string {
  const names = results.filter(holds).map(({ program: { name, flaky } }) => {
    return flaky === '' ? name : `${name} (flaky ${flaky})`;
  });
  return names.length === 0 ? 'none' : names.join(', ');
}

function writeTable(text: string): void {
  const begin = '<!-- goker:begin -->';
  const end = '<!-- goker:end -->';
  const page = readFileSync(document, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no ${begin} … ${end}`);
  const version = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout.trim();
  const day = new Date().toISOString().slice(0, 10);
  const middle = `${begin}\n${version}, one run each, ${day}.\n\n${text}\n`;
  writeFileSync(document, page.slice(0, from) + middle + page.slice(to));
}
