/**
 * What `whygo top` uses, and what it costs its target: `node perf/top.ts [--seconds 30] [--json]`.
 *
 * Runs the demo shop under its own load and the screen on a pseudo terminal of 160 × 50 (script(1)),
 * refreshed every 2 s, and reads the CPU time of both from /proc: ours after 15 s of warm-up. The
 * target's own load wanders more than the difference; its numbers are there to see that. Linux only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = process.argv.indexOf('--seconds');
const seconds = at < 0 ? 30 : Number(process.argv[at + 1]);
const WARM_SECONDS = 15;
const ADDRESS = '127.0.0.1:22090';

const folder = mkdtempSync(join(tmpdir(), 'whygo-perf-'));
const binary = join(folder, 'shop');
const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
  cwd: join(root, 'demo'),
  encoding: 'utf8',
});
if (built.status !== 0) throw new Error(`Cannot build the shop: ${built.stderr}`);
const shop = spawn(binary, ['-addr', ADDRESS], { stdio: 'ignore' });

/** User and system CPU seconds of a process so far (man 5 proc_pid_stat, fields 14 and 15). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The process whose command line has these words. */
function pidOf(...words: readonly string[]): number {
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (args[0] === process.execPath && words.every((word) => args.includes(word))) {
        return Number(name);
      }
    } catch {
      // Gone since it was listed.
    }
  }
  throw new Error(`no process with ${words.join(' ')}`);
}

async function load(pids: readonly number[]): Promise<readonly number[]> {
  const before = pids.map(cpuSeconds);
  await sleep(seconds * 1000);
  return pids.map((pid, i) => (cpuSeconds(pid) - (before[i] ?? 0)) / seconds);
}

try {
  await sleep(3000);
  const [alone = Number.NaN] = await load([shop.pid ?? 0]);
  const command = `stty cols 160 rows 50; exec ${process.execPath} ${join(root, 'src/cli/main.ts')} top ${ADDRESS}`;
  const terminal = spawn('script', ['-qfec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let bytes = 0;
  terminal.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await sleep(WARM_SECONDS * 1000);
  const pid = pidOf('top', ADDRESS);
  const first = bytes;
  const [watched = Number.NaN, own = Number.NaN] = await load([shop.pid ?? 0, pid]);
  const perSecond = (bytes - first) / seconds;
  process.kill(pid, 'SIGTERM');
  if (process.argv.includes('--json')) {
    const numbers = {
      ownCores: own,
      bytesPerSecond: perSecond,
      targetAlone: alone,
      targetWatched: watched,
    };
    process.stdout.write(
      `${JSON.stringify({ schema: 'whygo.perf.top/1', seconds, ...numbers })}\n`,
    );
  } else {
    const percent = (cores: number) => `${(cores * 100).toFixed(2)} % of a core`;
    process.stdout.write(
      `whygo top            ${percent(own)}, ${perSecond.toFixed(0)} bytes/s to the terminal\n`,
    );
    process.stdout.write(
      `the shop, alone      ${percent(alone)}\nthe shop, watched    ${percent(watched)}\n`,
    );
  }
} finally {
  shop.kill();
  rmSync(folder, { recursive: true, force: true });
}
