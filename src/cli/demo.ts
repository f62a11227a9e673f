/**
 * `whygo demo` (what `npm start` runs): the demo shop under load, profiled, explained and shown.
 *
 * Without Go, or when the shop cannot be built, the bundled recording of it is replayed as if it
 * happened now. Everything that was started ends with it.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { openRecording } from '../collect/recording.ts';
import type { Running } from '../server/start.ts';
import { liveCollection, replayedRecording, targetsOf } from './collection.ts';
import { durationFlag } from './duration.ts';
import { Lifetime } from './lifetime.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { type ListenFlags, listen, openInBrowser, tellError } from './serve.ts';
import { buildShop, startShop } from './shop.ts';
import { stderr, stdout } from './terminal.ts';

export interface DemoFlags extends ListenFlags {
  readonly fault?: string;
  readonly faultAfter: string;
  readonly every: string;
  readonly replay?: boolean;
  /** No --port was given: take the next free one. */
  readonly anyPort: boolean;
}

const DEFAULT_FAULT = 'lock-over-io';

export async function demo(flags: DemoFlags): Promise<number> {
  const lifetime = new Lifetime();
  try {
    const running = await start(flags, workFolders(lifetime), lifetime);
    if (running !== undefined) {
      if (flags.open === true) openInBrowser(running.url);
      stdout.line(`\n  ${stdout.style('bold', running.url)}\n`);
      stdout.line('Findings appear here as they are made. Ctrl-C ends everything.');
      await lifetime.ended;
    }
  } finally {
    await lifetime.close();
  }
  return 0;
}

async function start(
  flags: DemoFlags,
  folders: Folders,
  lifetime: Lifetime,
): Promise<Running | undefined> {
  if (flags.replay === true) return replay('asked for', folders, flags, lifetime);
  const built = await buildShop(folders.binary, lifetime.signal, () =>
    stderr.line('whygo: building the demo shop …'),
  );
  if (lifetime.signal.aborted) return undefined;
  if (!built.ok) return replay(built.why, folders, flags, lifetime);
  const fault = flags.fault ?? DEFAULT_FAULT;
  const after = durationFlag('--fault-after', flags.faultAfter);
  const faulty = fault === 'none' ? [] : ['-fault', fault, '-fault-after', `${after}ms`];
  const shop = await startShop(built.binary, faulty, (line) => stderr.line(line));
  lifetime.add(
    () => shop.stop(),
    () => shop.kill(),
  );
  void shop.exited.then(() => {
    if (lifetime.signal.aborted) return;
    stderr.line('whygo: The demo shop ended by itself; ending too');
    lifetime.end();
  });
  const everyMillis = durationFlag('--every', flags.every);
  // Half of the time the profiler is free, so that `whygo explain` of the shop gets its turn.
  const cpuSeconds = Math.max(1, Math.round(everyMillis / 2000));
  const config = targetsOf([shop.url], undefined, { everyMillis, service: 'shop', cpuSeconds });
  const running = await listen(
    {
      folder: folders.data,
      mode: 'live',
      collect: async (intake) => liveCollection(() => config, intake, tellError),
      nextPorts: flags.anyPort ? 20 : 0,
    },
    flags,
    lifetime,
  );
  stdout.line(`The demo shop runs under load on ${shop.url} and is profiled every ${flags.every}.`);
  stdout.line(faultText(fault, flags.faultAfter, shop.url));
  return running;
}

function faultText(fault: string, after: string, url: string): string {
  const others = `others: ${url}/fault`;
  if (fault === 'none') return `It makes no mistake until one is switched on (${others}).`;
  return `In ${after} it begins to make a mistake: ${fault} (${others}; none: --fault none).`;
}

async function replay(
  why: string,
  folders: Folders,
  flags: DemoFlags,
  lifetime: Lifetime,
): Promise<Running> {
  const recorded = join(PACKAGE_ROOT, 'test', 'fixtures', 'demo');
  if (!existsSync(recorded)) {
    const next = 'install Go 1.23 or newer (https://go.dev/dl) to run the demo shop itself';
    throw new UserError('demo-missing', `There is no recording of the demo to replay`, next);
  }
  const recording = await openRecording(recorded);
  const running = await listen(
    {
      folder: folders.data,
      mode: 'replay',
      collect: async (intake) => replayedRecording(recording, intake, tellError),
      nextPorts: flags.anyPort ? 20 : 0,
    },
    flags,
    lifetime,
  );
  const reason = why === 'asked for' ? '' : ` (${why})`;
  stdout.line(`A recording of the demo shop is replayed as if it ran now${reason}.`);
  return running;
}

interface Folders {
  readonly binary: string;
  /** Fresh for each run, and removed with it. */
  readonly data: string;
}

/** In a clone below .cache; elsewhere a temporary folder for this run alone. */
function workFolders(lifetime: Lifetime): Folders {
  const isClone = existsSync(join(PACKAGE_ROOT, 'src', 'cli'));
  if (!isClone) {
    const folder = mkdtempSync(join(tmpdir(), 'whygo-demo-'));
    lifetime.add(() => rmSync(folder, { recursive: true, force: true }));
    return { binary: folder, data: join(folder, 'data') };
  }
  const runs = join(PACKAGE_ROOT, '.cache', 'demo-data');
  mkdirSync(runs, { recursive: true });
  for (const run of readdirSync(runs)) {
    // Left by a run that was killed.
    if (!isAlive(Number(run))) rmSync(join(runs, run), { recursive: true, force: true });
  }
  const data = join(runs, String(process.pid));
  rmSync(data, { recursive: true, force: true });
  lifetime.add(() => rmSync(data, { recursive: true, force: true }));
  return { binary: join(PACKAGE_ROOT, '.cache', 'demo'), data };
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
