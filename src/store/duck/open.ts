/**
 * The way in. DuckDB is loaded here and not before, so that no other command pays for it.
 */
import { availableParallelism } from 'node:os';
import type { Store } from '../store.ts';

export interface DuckStoreOptions {
  /** What the engine may hold in memory, as DuckDB writes it; '512MB' when not given. */
  readonly memoryLimit?: string;
  /** Threads of the engine; as many as there are cores, four at most, when not given. */
  readonly threads?: number;
}

/**
 * Opens the store of a data folder, or makes one. Throws `UserError`: `store.locked` when another
 * process has it, `store.version` when it is of another format, `store.open` otherwise.
 */
export async function openDuckStore(
  folder: string,
  options: DuckStoreOptions = {},
): Promise<Store> {
  const { DuckStore } = await import('./store.ts');
  return DuckStore.open(folder, {
    memoryLimit: options.memoryLimit ?? '512MB',
    threads: options.threads ?? Math.min(4, availableParallelism()),
  });
}
