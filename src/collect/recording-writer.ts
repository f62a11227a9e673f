/**
 * Writes a recorded folder while it grows.
 *
 * The manifest is replaced as a whole (write, then rename) every second at most and at the end, so
 * that the folder opens whenever the recorder was stopped or killed; a file that the manifest does
 * not name yet is lost then, nothing else.
 */
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { compressionOf } from '../formats/compression.ts';
import {
  type Manifest,
  type RecordedEntry,
  type RecordedFormat,
  type RecordedTarget,
  recordingSchema,
} from './manifest.ts';

export interface NewEntry {
  readonly target: number;
  readonly type: string;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly format: RecordedFormat;
  readonly forcedGc?: boolean;
}

const endings: Readonly<Record<RecordedFormat, string>> = {
  pprof: 'pb.gz',
  'agent-json': 'json.gz',
  prometheus: 'prom.txt.gz',
  expvar: 'expvar.json.gz',
  memstats: 'heap.txt.gz',
  godebug: 'godebug.txt.gz',
  goroutines: 'txt.gz',
  trace: 'trace.gz',
};
const compress = promisify(gzip);
const manifestEveryMillis = 1000;

export class RecordingWriter {
  readonly folder: string;
  readonly #targets: RecordedTarget[] = [];
  readonly #entries: RecordedEntry[] = [];
  #manifestAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder. Throws UserError `folder-not-empty` rather than mixing two recordings. */
  static async create(folder: string): Promise<RecordingWriter> {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) {
      const next = 'Name a new folder with --out, or remove it first';
      throw new UserError('folder-not-empty', `${folder} is not empty`, next);
    }
    return new RecordingWriter(folder);
  }

  get entries(): readonly RecordedEntry[] {
    return this.#entries;
  }

  addTarget(target: RecordedTarget): number {
    return this.#targets.push(target) - 1;
  }

  /** Resolves when the file is written. `nowMillis` decides whether the manifest is due. */
  async write(entry: NewEntry, bytes: Uint8Array, nowMillis: number): Promise<void> {
    const service = this.#targets[entry.target]?.service ?? 'target';
    const number = String(this.#entries.length + 1).padStart(6, '0');
    const file = `${slug(service)}/${number}-${slug(entry.type)}.${endings[entry.format]}`;
    const forcedGc = entry.forcedGc ?? false;
    // The number is taken before waiting, because several captures write at the same time.
    const place = this.#entries.push({ ...entry, file, bytes: -1, forcedGc }) - 1;
    const content = compressionOf(bytes) === 'none' ? await compress(bytes) : bytes;
    const recorded = { ...entry, file, bytes: content.length, forcedGc };
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    this.#entries[place] = recorded;
    if (nowMillis - this.#manifestAt < manifestEveryMillis) return;
    this.#manifestAt = nowMillis;
    await this.#writeManifest();
  }

  /** Writes the final manifest. */
  async close(): Promise<void> {
    await this.#writeManifest();
  }

  #writeManifest(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const written = this.#entries.filter((entry) => entry.bytes >= 0);
      const manifest: Manifest = {
        schema: recordingSchema,
        targets: this.#targets,
        entries: written.sort(byTime).map(({ timeNanos, durationNanos, forcedGc, ...entry }) => ({
          ...entry,
          timeUnixNano: String(timeNanos),
          durationNanos: String(durationNanos),
          ...(forcedGc && { forcedGc }),
        })),
      };
      const path = join(this.folder, 'manifest.json');
      await writeFile(`${path}.new`, `${JSON.stringify(manifest, undefined, 1)}\n`);
      await rename(`${path}.new`, path);
    });
    return this.#writing;
  }
}

function byTime(a: RecordedEntry, b: RecordedEntry): number {
  return a.timeNanos < b.timeNanos ? -1 : a.timeNanos > b.timeNanos ? 1 : 0;
}

/** A name that is a file name on every system. */
function slug(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return safe === '' ? 'x' : safe.slice(0, 60);
}
