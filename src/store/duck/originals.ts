/**
 * The bytes as they were fetched: one append-only pack file for each hour.
 *
 * A profile's row has offset and length. What a crash leaves at the end of a pack belongs to no row
 * and is harmless. Retention removes whole packs; their rows then say that nothing is kept.
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeAll } from './files.ts';
import { Sequence } from './gate.ts';

/** Open packs at most: the current hour, the one before, and some that come late. */
const MAX_OPEN = 4;

interface Pack {
  readonly handle: FileHandle;
  size: number;
}

export interface PackedOriginal {
  readonly offset: number;
  readonly bytes: number;
}

export class Originals {
  readonly #folder: string;
  readonly #packs = new Map<number, Pack>();
  readonly #order = new Sequence();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(dataFolder: string): Promise<Originals> {
    const folder = join(dataFolder, 'originals');
    await mkdir(folder, { recursive: true });
    return new Originals(folder);
  }

  /** Resolves when all of them are on disk, with their places in the hour's pack. */
  append(hour: number, originals: readonly Uint8Array[]): Promise<PackedOriginal[]> {
    return this.#order.run(async () => {
      const pack = await this.#pack(hour);
      const places: PackedOriginal[] = [];
      let offset = pack.size;
      for (const { length } of originals) {
        places.push({ offset, bytes: length });
        offset += length;
      }
      await writeAll(pack.handle, Buffer.concat(originals), pack.size);
      await pack.handle.datasync();
      pack.size = offset;
      return places;
    });
  }

  async read(hour: number, { offset, bytes }: PackedOriginal): Promise<Uint8Array | undefined> {
    const handle = await openIfThere(this.#path(hour));
    if (handle === undefined) return undefined;
    try {
      const content = new Uint8Array(bytes);
      const { bytesRead } = await handle.read(content, 0, bytes, offset);
      return bytesRead === bytes ? content : undefined;
    } finally {
      await handle.close();
    }
  }

  async hours(): Promise<number[]> {
    const names = await readdir(this.#folder);
    return names.flatMap((name) => Number(/^(\d+)\.pack$/.exec(name)?.[1] ?? []));
  }

  remove(hour: number): Promise<void> {
    return this.#order.run(async () => {
      await this.#packs.get(hour)?.handle.close();
      this.#packs.delete(hour);
      await rm(this.#path(hour), { force: true });
      await syncFolder(this.#folder);
    });
  }

  async bytes(): Promise<number> {
    let total = 0;
    for (const hour of await this.hours()) total += (await stat(this.#path(hour))).size;
    return total;
  }

  close(): Promise<void> {
    return this.#order.run(async () => {
      for (const { handle } of this.#packs.values()) await handle.close();
      this.#packs.clear();
    });
  }

  async #pack(hour: number): Promise<Pack> {
    const known = this.#packs.get(hour);
    if (known !== undefined) return known;
    const [oldest] = this.#packs;
    if (this.#packs.size >= MAX_OPEN && oldest !== undefined) {
      this.#packs.delete(oldest[0]);
      await oldest[1].handle.close();
    }
    // Not in append mode: that would ignore the position of a write.
    const handle =
      (await openIfThere(this.#path(hour), 'r+')) ?? (await open(this.#path(hour), 'wx+'));
    const pack = { handle, size: (await handle.stat()).size };
    await syncFolder(this.#folder);
    this.#packs.set(hour, pack);
    return pack;
  }

  #path(hour: number): string {
    return join(this.#folder, `${hour}.pack`);
  }
}

async function openIfThere(path: string, flags = 'r'): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
