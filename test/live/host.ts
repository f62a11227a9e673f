/**
 * What a service is put into: a CPU quota (cgroups), or a CPU that it shares with busy loops.
 *
 * Programs ask for it in their head: `live: quota 0.3` (cores), `live: neighbours 4` (loops on its
 * CPU). Only the faulty one of a pair is put there. Needs root, and for a quota writable cgroups.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Host {
  /** Cores; 0 = no quota. */
  readonly quota: number;
  /** Busy loops on the one CPU that the service may use; 0 = it has all. */
  readonly neighbours: number;
}

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';
const PERIOD_MICROS = 100_000;

/** What the head of a program asks for. */
export function hostOf(source: string): Host | undefined {
  const number = (what: string) =>
    Number(new RegExp(`^// live: ${what} ([\\d.]+)$`, 'm').exec(source)?.[1] ?? 0);
  const host = { quota: number('quota'), neighbours: number('neighbours') };
  return host.quota > 0 || host.neighbours > 0 ? host : undefined;
}

/** Whether this machine can give it. */
export function canHost({ quota, neighbours }: Host): boolean {
  const pins = neighbours === 0 || spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return pins && (quota === 0 || limitFiles() !== undefined);
}

/** Folder and files of a quota in the version of cgroups that there is. */
function limitFiles(): { readonly parent: string; readonly limit: string } | undefined {
  for (const [parent, limit] of [
    [V1, 'cpu.cfs_quota_us'],
    [V2, 'cpu.max'],
  ] as const) {
    const shows = existsSync(join(parent, parent === V1 ? limit : 'cgroup.controllers'));
    if (shows && isWritable(parent)) return { parent, limit };
  }
  return undefined;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export class Hosted {
  readonly child: ChildProcess;
  readonly #loops: readonly ChildProcess[];
  readonly #folder: string | undefined;

  constructor(binary: string, args: readonly string[], host: Host | undefined) {
    const pin = (host?.neighbours ?? 0) > 0 ? ['taskset', '-c', '0'] : [];
    const [command = binary, ...rest] = [...pin, binary, ...args];
    this.child = spawn(command, rest, { stdio: 'ignore' });
    this.#loops = Array.from({ length: host?.neighbours ?? 0 }, () =>
      spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
    );
    this.#folder = this.#limit(host?.quota ?? 0);
  }

  #limit(quota: number): string | undefined {
    const files = quota > 0 ? limitFiles() : undefined;
    if (files === undefined || this.child.pid === undefined) return undefined;
    const folder = join(files.parent, `whygo-live-${this.child.pid}`);
    mkdirSync(folder);
    const micros = Math.round(quota * PERIOD_MICROS);
    const text = files.parent === V1 ? `${micros}` : `${micros} ${PERIOD_MICROS}`;
    writeFileSync(join(folder, files.limit), text);
    writeFileSync(join(folder, 'cgroup.procs'), String(this.child.pid));
    return folder;
  }

  async stop(): Promise<void> {
    const all = [this.child, ...this.#loops];
    await Promise.all(
      all.map((one) => {
        if (one.exitCode !== null || one.signalCode !== null) return undefined;
        const ended = new Promise<void>((resolve) => one.once('exit', () => resolve()));
        one.kill('SIGKILL');
        return ended;
      }),
    );
    if (this.#folder !== undefined) rmdirSync(this.#folder);
  }
}
