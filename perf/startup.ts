/**
 * How long the command takes to say its version, against bare Node: `node perf/startup.ts [--json]`.
 * CPU seconds (user + system) of whole processes, alternating, medians of 15.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = process.execPath;
const commands: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': [node, '-e', '0'],
  'whygo --version': [node, join(root, 'dist/cli/main.js'), '--version'],
};
const RUNS = 15;

/** User plus system CPU milliseconds of one run, as bash counts them for its children. */
function cpuMilliseconds(command: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  const result = spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command.join(' ')} failed: ${result.stderr}`);
  const line = result.stderr.trim().split('\n').at(-1) ?? '';
  const [user, system] = line.split(' ').map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) * 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const samples = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
for (let run = 0; run < RUNS; run++) {
  for (const [name, command] of Object.entries(commands)) {
    samples.get(name)?.push(cpuMilliseconds(command));
  }
}

const medians = Object.fromEntries([...samples].map(([name, all]) => [name, median(all)]));
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.startup/1', cpuMs: medians })}\n`);
} else {
  for (const [name, ms] of Object.entries(medians)) {
    process.stdout.write(
      `${name.padEnd(20)} ${ms.toFixed(0).padStart(6)} ms CPU (median of ${RUNS})\n`,
    );
  }
}
