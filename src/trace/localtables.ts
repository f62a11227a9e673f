/**
 * Ids of strings and stacks are local to a generation; these map them to the trace's own indices.
 *
 * The runtime numbers them from 1 upward, so an array serves; ids that are far apart, which only a
 * damaged or made-up file has, go to a Map. Id 0 is always there: '' or no stack.
 */

import { Ints } from './growing.ts';

export interface LocalTables {
  readonly strings: LocalIds;
  readonly stacks: LocalIds;
}

/** With what else single events of a generation are decoded again. */
export interface GenerationKey extends LocalTables {
  /** Nanoseconds a tick. */
  readonly frequency: number;
}

export interface LocalIds {
  /** Index by id, -1 = absent. Entry 0 is 0. */
  readonly dense: Int32Array;
  readonly sparse: ReadonlyMap<bigint, number> | undefined;
}

/** The trace's index of a local id, -1 when there is none. */
export function globalIndex(ids: LocalIds, lo: number, hi: number): number {
  if (hi === 0 && lo < ids.dense.length) return ids.dense[lo];
  if (ids.sparse === undefined) return -1;
  return ids.sparse.get((BigInt(hi) << 32n) | BigInt(lo)) ?? -1;
}

export const NO_LOCAL_IDS: LocalIds = { dense: new Int32Array(1), sparse: undefined };

export class LocalIdsBuilder {
  private readonly lo = new Ints();
  private readonly hi = new Ints();
  private readonly index = new Ints();
  private readonly offset = new Ints();

  /** `offset`: where the entry is, for `repeated`. */
  add(lo: number, hi: number, index: number, offset: number): void {
    this.lo.push(lo);
    this.hi.push(hi);
    this.index.push(index);
    this.offset.push(offset);
  }

  /** `repeated` is called with the offset of an entry whose id came before. */
  build(repeated: (offset: number) => void): LocalIds {
    const { length } = this.lo;
    const [lo, hi, index] = [this.lo.array, this.hi.array, this.index.array];
    const limit = 4 * length + 1024;
    let size = 1;
    for (let i = 0; i < length; i++) {
      if (hi[i] === 0 && lo[i] >= size && lo[i] < limit) size = lo[i] + 1;
    }
    const dense = new Int32Array(size).fill(-1);
    dense[0] = 0;
    let sparse: Map<bigint, number> | undefined;
    for (let i = 0; i < length; i++) {
      if (hi[i] === 0 && lo[i] >= 0 && lo[i] < size) {
        if (dense[lo[i]] !== -1) repeated(this.offset.array[i]);
        else dense[lo[i]] = index[i];
        continue;
      }
      const id = (BigInt(hi[i] >>> 0) << 32n) | BigInt(lo[i] >>> 0);
      sparse ??= new Map();
      if (sparse.has(id)) repeated(this.offset.array[i]);
      else sparse.set(id, index[i]);
    }
    return { dense, sparse };
  }
}
