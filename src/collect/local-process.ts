/**
 * Finds the process behind a loopback address and reads what Linux knows of it (/proc and cgroups).
 *
 * Nothing is asked of the process itself. A target on another machine, in another network namespace,
 * of another user, or on another system has none of this, and that is no error. Cost: a handful of
 * small files and one for each thread, 0.1–1 ms a reading for a process of 20 threads.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CgroupFiles,
  cgroupMetrics,
  type ProcessFiles,
  processMetrics,
} from '../metrics/process.ts';
import type { Metric } from '../metrics/snapshot.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** A listening socket (include/net/tcp_states.h). */
const TCP_LISTEN = '0A';
const MOST_THREADS = 20_000;

const CGROUP_FILES: Readonly<Record<1 | 2, readonly string[]>> = {
  1: [
    'cpu.stat',
    'cpu.cfs_quota_us',
    'cpu.cfs_period_us',
    'memory.usage_in_bytes',
    'memory.limit_in_bytes',
    'memory.stat',
    'memory.oom_control',
  ],
  2: [
    'cpu.stat',
    'cpu.max',
    'cpu.pressure',
    'memory.current',
    'memory.max',
    'memory.stat',
    'memory.events',
    'memory.pressure',
  ],
};

export class LocalProcess {
  readonly pid: number;
  readonly #root: string;
  readonly #cgroupFolders: readonly { readonly version: 1 | 2; readonly folder: string }[];

  private constructor(
    pid: number,
    root: string,
    folders: readonly { readonly version: 1 | 2; readonly folder: string }[],
  ) {
    this.pid = pid;
    this.#root = root;
    this.#cgroupFolders = folders;
  }

  /** The process that listens at an origin such as `http://localhost:6060`; undefined = not to be had. */
  static async listeningAt(origin: string, root = ''): Promise<LocalProcess | undefined> {
    const url = new URL(origin);
    if (!LOOPBACK.test(url.hostname)) return undefined;
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const inodes = await listeningInodes(root, port);
    const pid = inodes.size === 0 ? undefined : await ownerOf(root, inodes);
    return pid === undefined ? undefined : LocalProcess.of(pid, root);
  }

  static async of(pid: number, root = ''): Promise<LocalProcess> {
    const text = (await tryRead(join(root, `/proc/${pid}/cgroup`))) ?? '';
    return new LocalProcess(pid, root, cgroupFolders(root, text));
  }

  /** Its metrics now; empty when it is gone. */
  async read(): Promise<readonly Metric[]> {
    const files = await this.#processFiles();
    if (files.stat === undefined) return [];
    const cgroups = await Promise.all(this.#cgroupFolders.map(readCgroup));
    const metrics = new Map<string, Metric>();
    for (const metric of [...processMetrics(files), ...cgroups.flatMap(cgroupMetrics)]) {
      if (!metrics.has(metric.name)) metrics.set(metric.name, metric);
    }
    return [...metrics.values()];
  }

  async #processFiles(): Promise<ProcessFiles> {
    const folder = join(this.#root, `/proc/${this.pid}`);
    const [status, stat, limits, threads, open] = await Promise.all([
      tryRead(join(folder, 'status')),
      tryRead(join(folder, 'stat')),
      tryRead(join(folder, 'limits')),
      tryList(join(folder, 'task')),
      tryList(join(folder, 'fd')),
    ]);
    const counted = (threads ?? []).slice(0, MOST_THREADS);
    const schedstats = await Promise.all(
      counted.map((thread) => tryRead(join(folder, 'task', thread, 'schedstat'))),
    );
    return {
      ...(status === undefined ? {} : { status }),
      ...(stat === undefined ? {} : { stat }),
      ...(limits === undefined ? {} : { limits }),
      ...(open === undefined ? {} : { openFiles: open.length }),
      schedstats: schedstats.filter((text) => text !== undefined),
    };
  }
}

/** Inodes of the sockets that listen on a port, whatever their address. */
async function listeningInodes(root: string, port: number): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>();
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['tcp', 'tcp6']) {
    const text = (await tryRead(join(root, `/proc/net/${table}`))) ?? '';
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === TCP_LISTEN && local.endsWith(`:${hex}`)) inodes.add(inode);
    }
  }
  return inodes;
}

async function ownerOf(root: string, inodes: ReadonlySet<string>): Promise<number | undefined> {
  const pids = ((await tryList(join(root, '/proc'))) ?? []).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const folder = join(root, `/proc/${pid}/fd`);
    for (const name of (await tryList(folder)) ?? []) {
      const link = await readlink(join(folder, name)).catch(() => '');
      if (inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '')) return Number(pid);
    }
  }
  return undefined;
}

/** /proc/PID/cgroup: `0::/path` is version 2, `4:memory:/path` a controller of version 1. */
function cgroupFolders(
  root: string,
  text: string,
): readonly { readonly version: 1 | 2; readonly folder: string }[] {
  const mount = join(root, '/sys/fs/cgroup');
  return text.split('\n').flatMap((line): { version: 1 | 2; folder: string }[] => {
    const [, id, controllers = '', path = ''] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === '0' && controllers === '') return [{ version: 2, folder: join(mount, path) }];
    const own = controllers.split(',').find((name) => name === 'cpu' || name === 'memory');
    return own === undefined ? [] : [{ version: 1, folder: join(mount, own, path) }];
  });
}

async function readCgroup({
  version,
  folder,
}: {
  readonly version: 1 | 2;
  readonly folder: string;
}): Promise<CgroupFiles> {
  const files = new Map<string, string>();
  await Promise.all(
    CGROUP_FILES[version].map(async (name) => {
      const text = await tryRead(join(folder, name));
      if (text !== undefined) files.set(name, text);
    }),
  );
  return { version, files };
}

async function tryRead(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function tryList(path: string): Promise<readonly string[] | undefined> {
  return readdir(path).catch(() => undefined);
}
