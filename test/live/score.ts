/**
 * Scores the diagnoses on live services: right kind and right line first, nothing above `low` on
 * the healthy twins.
 *
 *     node test/live/score.ts --runs 20 --fault all --for 30
 *
 * Each run starts its service anew, in random order, and appends one JSON line to
 * .cache/score.jsonl; runs that are there already count, so that the script can be stopped and
 * started again. `--fresh` forgets them, `--fault demo|foreign|healthy|NAME,NAME` chooses, `--jobs
 * 2` runs that many services at a time, `--table` prints the table of what is there, and `--write`
 * puts it into docs/diagnoses.md.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { observe } from '../../src/collect/observe.ts';
import { explain } from '../../src/explain/explain.ts';
import type { FindingsReport } from '../../src/explain/finding.ts';
import { build, judge, type LiveCase, liveCases, pause, start, type Verdict } from './harness.ts';

const root = join(import.meta.dirname, '../..');
const results = join(root, '.cache/score.jsonl');
const failures = join(root, '.cache/score-failures');
const document = join(root, 'docs/diagnoses.md');
/** Time for a service to come under load before it is watched. */
const settleMillis = 3000;

interface Result extends Verdict {
  readonly case: string;
  readonly seconds: number;
  readonly time: string;
  readonly load: number;
  readonly top: string;
  readonly severity: string;
  readonly confidence: number;
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    fault: { type: 'string', default: 'all' },
    for: { type: 'string', default: '30' },
    jobs: { type: 'string', default: '2' },
    fresh: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

await main();

async function main(): Promise<void> {
  const seconds = Number(options.for);
  const cases = chosenCases(options.fault);
  if (cases.length === 0) throw new Error(`no case is called ${options.fault}`);
  if (options.fresh) rmSync(results, { force: true });
  mkdirSync(failures, { recursive: true });
  if (!options.table) await runAll(cases, seconds);
  const table = formatTable(cases, seconds);
  process.stdout.write(`${table}\n`);
  if (options.write) writeTable(table);
}

function chosenCases(choice: string): LiveCase[] {
  const all = liveCases();
  const names = choice.split(',');
  if (choice === 'all') return all;
  if (choice === 'demo') return all.filter((c) => c.program === 'shop');
  if (choice === 'foreign') return all.filter((c) => c.program !== 'shop');
  if (choice === 'healthy') return all.filter((c) => c.fault === undefined);
  return all.filter((c) => names.includes(c.name) || names.includes(c.program));
}

/** Runs what is missing, in random order, so that the machine's moods meet all cases alike. */
async function runAll(cases: readonly LiveCase[], seconds: number): Promise<void> {
  const done = readResults(seconds);
  const queue: LiveCase[] = [];
  for (const one of cases) {
    const runs = Number(options.runs) - (done.get(one.name)?.length ?? 0);
    for (let i = 0; i < runs; i++) queue.push(one);
  }
  shuffle(queue);
  const binaries = new Map<string, string>();
  for (const { program } of queue) {
    if (!binaries.has(program)) binaries.set(program, build(program));
  }
  let left = queue.length;
  const job = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const result = await runOnce(next, binaries.get(next.program) ?? '', seconds);
      left--;
      if (result !== undefined) {
        const mark = result.right ? (result.exact ? '✔' : '✓') : '✘';
        process.stderr.write(
          `${mark} ${left} left: ${result.case}: ${result.severity} ${result.top}\n`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, () => job()));
}

async function runOnce(
  one: LiveCase,
  binary: string,
  seconds: number,
): Promise<Result | undefined> {
  const service = await start(binary, one);
  try {
    await pause(settleMillis);
    const observation = await observe(service.address, { forSeconds: seconds });
    const report = explain(observation);
    const result = resultOf(one, report, seconds);
    appendFileSync(results, `${JSON.stringify(result)}\n`);
    if (!result.right) keepFailure(one, report);
    return result;
  } catch (error) {
    process.stderr.write(`${one.name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return undefined;
  } finally {
    await service.stop();
  }
}

function resultOf(one: LiveCase, report: FindingsReport, seconds: number): Result {
  const [first] = report.findings;
  return {
    case: one.name,
    seconds,
    time: new Date().toISOString(),
    load: loadavg()[0] ?? 0,
    ...judge(report, one.fault),
    top: first === undefined ? 'nothing' : `${first.kind}: ${first.title}`,
    severity: first?.severity ?? '-',
    confidence: first?.confidence ?? 0,
  };
}

function keepFailure(one: LiveCase, report: FindingsReport): void {
  const name = `${one.name.replace(/\W+/g, '-')}-${Date.now()}.json`;
  writeFileSync(join(failures, name), JSON.stringify(report, null, 2));
}

function readResults(seconds: number): Map<string, Result[]> {
  const found = new Map<string, Result[]>();
  if (!existsSync(results)) return found;
  for (const line of readFileSync(results, 'utf8').split('\n')) {
    if (line === '') continue;
    const result: Result = JSON.parse(line);
    if (result.seconds !== seconds) continue;
    const list = found.get(result.case) ?? [];
    list.push(result);
    found.set(result.case, list);
  }
  return found;
}

function shuffle(queue: LiveCase[]): void {
  for (let i = queue.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const [a, b] = [queue[i], queue[j]];
    if (a === undefined || b === undefined) continue;
    queue[i] = b;
    queue[j] = a;
  }
}

function formatTable(cases: readonly LiveCase[], seconds: number): string {
  const done = readResults(seconds);
  const faults = [
    '| service with a fault | finding | runs | kind and line first | the very line | above `low` | confidence (median) |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  const healthy = [
    '| healthy service | runs | nothing above `low` | what was |',
    '| --- | --- | --- | --- |',
  ];
  for (const one of cases) {
    const runs = done.get(one.name) ?? [];
    if (runs.length === 0) continue;
    const right = runs.filter((r) => r.right).length;
    if (one.fault === undefined) {
      const kinds = [...new Set(runs.flatMap((r) => r.aboveLow))].join(', ');
      healthy.push(`| ${one.name} | ${runs.length} | ${right} | ${kinds || '–'} |`);
      continue;
    }
    const exact = runs.filter((r) => r.exact).length;
    const loud = runs.filter((r) => r.right && r.severity !== 'low').length;
    const confidences = runs.map((r) => r.confidence).sort((a, b) => a - b);
    const median = confidences[confidences.length >> 1] ?? 0;
    const kinds = one.fault.kinds.join(' or ');
    faults.push(
      `| ${one.name} | ${kinds} | ${runs.length} | ${right} | ${exact} | ${loud} | ${median.toFixed(2)} |`,
    );
  }
  return [...faults, '', ...healthy].join('\n');
}

function writeTable(table: string): void {
  const begin = '<!-- score:begin -->';
  const end = '<!-- score:end -->';
  const text = readFileSync(document, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${document} has no ${begin} … ${end}`);
  const loads = [...readResults(Number(options.for)).values()].flat().map((r) => r.load);
  loads.sort((a, b) => a - b);
  const load = (loads[loads.length >> 1] ?? 0).toFixed(1);
  const command = `Windows of ${options.for} s, ${availableParallelism()} cores, median load average ${load}; ${new Date().toISOString().slice(0, 10)}.`;
  const middle = `${begin}\n${command}\n\n${table}\n`;
  writeFileSync(document, text.slice(0, from) + middle + text.slice(to));
}
