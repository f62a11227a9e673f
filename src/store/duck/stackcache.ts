/**
 * Stacks that were seen before, by a 64-bit hash of their locations.
 *
 * A capture repeats nearly all stacks of the one before; one lookup here replaces one a frame. Two
 * stacks of equal hash would be taken for one: among ten million, the odds are 1 to 400,000, and the
 * leaf is compared too. Forgets everything when full, which costs time and nothing else.
 */
import type { Symbols } from './symbols.ts';
import { TupleTable } from './tuples.ts';

const MAX_STACKS = 1 << 20;

export class StackCache {
  readonly #symbols: Symbols;
  #hashes = new TupleTable(2);
  #nodes: number[] = [0];

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /** The node of a run of stored locations, leaf first; only the first `length` entries count. */
  node(run: Uint32Array, length: number): number {
    let first = 0x2545f491;
    let second = length;
    for (let i = 0; i < length; i++) {
      const location = run[i] ?? 0;
      first = Math.imul(first ^ location, 0x9e3779b1);
      first ^= first >>> 15;
      second = Math.imul(second ^ location, 0x85ebca6b);
      second ^= second >>> 13;
    }
    if (this.#nodes.length > MAX_STACKS) this.#forget();
    const id = this.#hashes.intern(first >>> 0, second >>> 0);
    const known = this.#nodes[id];
    const { nodes } = this.#symbols;
    if (known !== undefined && (known === 0 || nodes.at(known, 1) === run[0])) return known;
    let node = 0;
    for (let i = length - 1; i >= 0; i--) node = nodes.intern(node, run[i] ?? 0);
    this.#nodes[id] = node;
    return node;
  }

  #forget(): void {
    this.#hashes = new TupleTable(2);
    this.#nodes = [0];
  }
}
