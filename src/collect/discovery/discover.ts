/**
 * Keeps the list of targets up to date: what is written down, and what files and DNS say now.
 *
 * Files are read again when something in their folder changes, and every `refresh_interval` in case
 * the file system tells nothing; names are resolved again every `refresh_interval`.
 */
import { type FSWatcher, watch } from 'node:fs';
import { UserError } from '../../base/errors.ts';
import type { Clock } from '../clock.ts';
import type { CollectConfig, Discovery, TargetGroup } from '../config/config.ts';
import { type TargetConfig, targetOf } from '../config/target.ts';
import { DnsGroups, type NameServer } from './dns.ts';
import { FileGroups } from './files.ts';

export interface DiscoverOptions {
  readonly clock: Clock;
  /** The whole list, whenever it may have changed. */
  readonly onTargets: (targets: readonly TargetConfig[]) => void;
  /** What is wrong with a file, a name or a target; the same thing is told once. */
  readonly onError: (error: unknown) => void;
  readonly nameServer?: NameServer;
}

/** Prometheus's defaults. */
const REFRESH_MILLIS = { file: 300_000, dns: 30_000 } as const;
/** Editors write a file in several steps. */
const SETTLE_MILLIS = 50;

export class Discoverer {
  readonly #config: CollectConfig;
  readonly #options: DiscoverOptions;
  readonly #found: (readonly TargetConfig[])[];
  readonly #stop = new AbortController();
  readonly #watchers: FSWatcher[] = [];
  #told = new Map<Discovery, ReadonlySet<string>>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(config: CollectConfig, options: DiscoverOptions) {
    this.#config = config;
    this.#options = options;
    this.#found = config.discoveries.map(() => []);
  }

  /** Looks once everywhere, tells the first list, and goes on looking until stopped. */
  async start(): Promise<void> {
    const lookers = this.#config.discoveries.map((discovery, index) => {
      const source = this.#sourceOf(discovery);
      return { discovery, source, look: () => this.#look(discovery, index, source) };
    });
    await Promise.all(lookers.map(({ look }) => look()));
    this.#tellTargets();
    this.#running = Promise.all(
      lookers.map(({ discovery, source, look }) => this.#keepLooking(discovery, source, look)),
    ).catch(this.#options.onError);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    await this.#running;
  }

  #sourceOf(discovery: Discovery): FileGroups | DnsGroups {
    return discovery.kind === 'file'
      ? new FileGroups(discovery.files.files)
      : new DnsGroups(discovery.dns, this.#options.nameServer);
  }

  async #keepLooking(
    discovery: Discovery,
    source: FileGroups | DnsGroups,
    look: () => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#options;
    const stop = this.#stop.signal;
    const own = discovery.kind === 'file' ? discovery.files : discovery.dns;
    const interval = own.refresh_interval ?? REFRESH_MILLIS[discovery.kind];
    let changed = new AbortController();
    if (source instanceof FileGroups) this.#watch(source, () => changed.abort());
    while (!stop.aborted) {
      await clock.sleep(interval, AbortSignal.any([stop, changed.signal]));
      if (changed.signal.aborted) {
        changed = new AbortController();
        await clock.sleep(SETTLE_MILLIS, stop);
      }
      if (stop.aborted) return;
      const before = JSON.stringify(this.#found);
      await look();
      if (!stop.aborted && JSON.stringify(this.#found) !== before) this.#tellTargets();
    }
  }

  /** A folder that cannot be watched is still read every `refresh_interval`. */
  #watch(source: FileGroups, onChange: () => void): void {
    for (const folder of source.folders) {
      try {
        const watcher = watch(folder, { persistent: false }, onChange);
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // It is told when its files are read.
      }
    }
  }

  async #look(discovery: Discovery, index: number, source: FileGroups | DnsGroups): Promise<void> {
    const errors = new Map<string, unknown>();
    const note = (error: unknown) => errors.set(String(error), error);
    const groups = await source.read(note);
    this.#found[index] = targetsOfGroups(discovery, groups, note);
    const told = this.#told.get(discovery);
    for (const [text, error] of errors) if (!told?.has(text)) this.#options.onError(error);
    this.#told.set(discovery, new Set(errors.keys()));
  }

  /** Of targets with the same address, the first counts: no process is profiled twice at a time. */
  #tellTargets(): void {
    const targets = new Map<string, TargetConfig>();
    for (const target of [...this.#config.targets, ...this.#found.flat()]) {
      const url = target.origin + target.pathPrefix;
      if (!targets.has(url)) targets.set(url, target);
    }
    this.#options.onTargets([...targets.values()]);
  }
}

/** A target that is none is told, and takes no other with it. */
function targetsOfGroups(
  { job }: Discovery,
  groups: readonly TargetGroup[],
  note: (error: unknown) => void,
): readonly TargetConfig[] {
  return groups.flatMap(({ targets, labels }) =>
    targets.flatMap((address) => {
      try {
        return targetOf(job, address, labels) ?? [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const from = labels.__meta_filepath ?? labels.__meta_dns_name ?? '';
        note(new UserError('config-invalid', `${from}: ${error.message}`, error.next));
        return [];
      }
    }),
  );
}
