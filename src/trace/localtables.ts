/**
 * Ids of strings and stacks are local to a generation; these map them to the trace's own indices.
 *
 * The runtime numbers them from 1 upward, so an array serves; ids that are far apart, which only a
 * damaged or made-up file has, go to a Map. Id 0 is always there: '' or no stack.
 */

export interface LocalTables {
  readonly strings: LocalIds;
  readonly stacks: LocalIds;
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
  private readonly lo: number[] = [];
  private readonly hi: number[] = [];
  private readonly index: number[] = [];

  add(lo: number, hi: number, index: number): void {
    this.lo.push(lo);
    this.hi.push(hi);
    this.index.push(index);
  }

  /** `repeated` is called with the position, in order of `add`, of an id that came before. */
  build(repeated: (position: number) => void): LocalIds {
    let size = 1;
    const limit = 4 * this.lo.length + 1024;
    for (let i = 0; i < this.lo.length; i++) {
      if (this.hi[i] === 0 && this.lo[i] < limit && this.lo[i] >= size) size = this.lo[i] + 1;
    }
    const dense = new Int32Array(size).fill(-1);
    dense[0] = 0;
    let sparse: Map<bigint, number> | undefined;
    for (let i = 0; i < this.lo.length; i++) {
      if (this.hi[i] === 0 && this.lo[i] < size) {
        if (dense[this.lo[i]] !== -1) repeated(i);
        else dense[this.lo[i]] = this.index[i];
        continue;
      }
      const id = (BigInt(this.hi[i]) << 32n) | BigInt(this.lo[i]);
      sparse ??= new Map();
      if (sparse.has(id)) repeated(i);
      else sparse.set(id, this.index[i]);
    }
    return { dense, sparse };
  }
}
