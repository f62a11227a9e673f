/**
 * The order in which Go's sort.Slice and slices.SortFunc leave elements that compare equal.
 *
 * Both are a pattern-defeating quicksort (Orson Peters, https://arxiv.org/pdf/2106.05123) that is not
 * stable, but the same from run to run: what Go's tools print of symbols at one address, or of ranges
 * with the same values, depends on it. The steps are those of Go 1.19–1.26, random numbers included.
 * Where elements never compare equal, any other sort does as well.
 */

/** Short runs are sorted by insertion; from `NINTHER` on, the pivot is a median of medians. */
const SHORT = 12;
const NINTHER = 50;
/** Pairs out of order that are put right before a run counts as unsorted. */
const MOST_REPAIRS = 5;

/** Sorts in place. */
export function sortAsGo<T>(items: T[], isLess: (a: T, b: T) => boolean): T[] {
  new Sorter(items, isLess).sort(0, items.length, bitLength(items.length));
  return items;
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

class Sorter<T> {
  private readonly items: T[];
  private readonly compare: (a: T, b: T) => boolean;
  private swaps = 0;

  constructor(items: T[], isLess: (a: T, b: T) => boolean) {
    this.items = items;
    this.compare = isLess;
  }

  private less(i: number, j: number): boolean {
    const { items } = this;
    const [a, b] = [items[i], items[j]];
    return a !== undefined && b !== undefined && this.compare(a, b);
  }

  private swap(i: number, j: number): void {
    const { items } = this;
    const [a, b] = [items[i], items[j]];
    if (a === undefined || b === undefined) return;
    items[i] = b;
    items[j] = a;
  }

  /** Sorts [from, to); `limit` is how many bad pivots are borne before it is left to a heap. */
  sort(from: number, to: number, limit: number): void {
    let [begin, end, chances] = [from, to, limit];
    let [wasBalanced, wasSorted] = [true, true];
    for (;;) {
      const length = end - begin;
      if (length <= SHORT || chances === 0) {
        if (length <= SHORT) this.insert(begin, end);
        else this.heap(begin, end);
        return;
      }
      if (!wasBalanced) {
        this.scatter(begin, end);
        chances--;
      }
      let { pivot, hint } = this.pivot(begin, end);
      if (hint === 'falling') {
        this.reverse(begin, end);
        pivot = end - 1 - (pivot - begin);
        hint = 'rising';
      }
      if (wasBalanced && wasSorted && hint === 'rising' && this.repair(begin, end)) return;
      if (begin > 0 && !this.less(begin - 1, pivot)) {
        begin = this.splitEqual(begin, end, pivot);
        continue;
      }
      const { middle, isSorted } = this.split(begin, end, pivot);
      wasSorted = isSorted;
      const [left, right] = [middle - begin, end - middle];
      const least = Math.floor(length / 8);
      if (left < right) {
        wasBalanced = left >= least;
        this.sort(begin, middle, chances);
        begin = middle + 1;
      } else {
        wasBalanced = right >= least;
        this.sort(middle + 1, end, chances);
        end = middle;
      }
    }
  }

  private insert(begin: number, end: number): void {
    for (let i = begin + 1; i < end; i++) {
      for (let j = i; j > begin && this.less(j, j - 1); j--) this.swap(j, j - 1);
    }
  }

  private heap(begin: number, end: number): void {
    const length = end - begin;
    for (let i = Math.trunc((length - 1) / 2); i >= 0; i--) this.sift(i, length, begin);
    for (let i = length - 1; i >= 0; i--) {
      this.swap(begin, begin + i);
      this.sift(0, i, begin);
    }
  }

  private sift(from: number, length: number, begin: number): void {
    for (let root = from; ; ) {
      let child = 2 * root + 1;
      if (child >= length) return;
      if (child + 1 < length && this.less(begin + child, begin + child + 1)) child++;
      if (!this.less(begin + root, begin + child)) return;
      this.swap(begin + root, begin + child);
      root = child;
    }
  }

  /** Moves what is less than the pivot before it, and the rest behind. */
  private split(begin: number, end: number, pivot: number): { middle: number; isSorted: boolean } {
    this.swap(begin, pivot);
    let [i, j] = [begin + 1, end - 1];
    let isSorted = true;
    for (;;) {
      while (i <= j && this.less(i, begin)) i++;
      while (i <= j && !this.less(j, begin)) j--;
      if (i > j) break;
      isSorted = false;
      this.swap(i++, j--);
    }
    this.swap(j, begin);
    return { middle: j, isSorted };
  }

  /** Moves what is equal to the pivot before the rest, where nothing is less. */
  private splitEqual(begin: number, end: number, pivot: number): number {
    this.swap(begin, pivot);
    let [i, j] = [begin + 1, end - 1];
    for (;;) {
      while (i <= j && !this.less(begin, i)) i++;
      while (i <= j && this.less(begin, j)) j--;
      if (i > j) return i;
      this.swap(i++, j--);
    }
  }

  /** Tries to finish what is nearly sorted; true if it is. */
  private repair(begin: number, end: number): boolean {
    let i = begin + 1;
    for (let step = 0; step < MOST_REPAIRS; step++) {
      while (i < end && !this.less(i, i - 1)) i++;
      if (i === end) return true;
      if (end - begin < NINTHER) return false;
      this.swap(i, i - 1);
      if (i - begin >= 2) {
        for (let j = i - 1; j >= 1 && this.less(j, j - 1); j--) this.swap(j, j - 1);
      }
      if (end - i >= 2) {
        for (let j = i + 1; j < end && this.less(j, j - 1); j++) this.swap(j, j - 1);
      }
    }
    return false;
  }

  /** Breaks patterns that make bad pivots, by a xorshift generator seeded with the length. */
  private scatter(begin: number, end: number): void {
    const length = end - begin;
    if (length < 8) return;
    let random = BigInt(length);
    const mask = 2n ** BigInt(bitLength(length)) - 1n;
    const centre = begin + Math.floor(length / 4) * 2;
    for (let index = centre - 1; index <= centre + 1; index++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      const other = Number(random & mask);
      this.swap(index, begin + (other >= length ? other - length : other));
    }
  }

  private pivot(begin: number, end: number): { pivot: number; hint: 'rising' | 'falling' | '' } {
    const length = end - begin;
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [begin + quarter, begin + quarter * 2, begin + quarter * 3];
    this.swaps = 0;
    if (length >= NINTHER) {
      i = this.median(i - 1, i, i + 1);
      j = this.median(j - 1, j, j + 1);
      k = this.median(k - 1, k, k + 1);
    }
    j = this.median(i, j, k);
    return { pivot: j, hint: this.swaps === 0 ? 'rising' : this.swaps === 12 ? 'falling' : '' };
  }

  private median(first: number, second: number, third: number): number {
    let [a, b] = this.ordered(first, second);
    [b] = this.ordered(b, third);
    [a, b] = this.ordered(a, b);
    return b;
  }

  private ordered(a: number, b: number): [number, number] {
    if (!this.less(b, a)) return [a, b];
    this.swaps++;
    return [b, a];
  }

  private reverse(begin: number, end: number): void {
    for (let [i, j] = [begin, end - 1]; i < j; i++, j--) this.swap(i, j);
  }
}
