/**
 * One function in the middle: everything that calls it, and everything that it calls.
 *
 * Both sides are call trees made from a call tree, so the page needs no samples for them. Recursion
 * counts once: only the outermost call of the function on a path is taken. Cost: one pass over the
 * tree, and the height of the tree for every occurrence.
 */
import { resized } from '../base/columns.ts';
import { type CallTree, finishCallTree } from './calltree.ts';
import { FrameTrie } from './trie.ts';

export interface Sandwich {
  /** Values that end in the function itself, and that pass through it. */
  readonly flat: number;
  readonly cum: number;
  /** Node 1 is the function; a node's children are its callers. */
  readonly callers: CallTree;
  /** Node 1 is the function; a node's children are its callees. */
  readonly callees: CallTree;
}

/** Callers and callees of a frame (index into `tree.frames`). The tree must not be inverted. */
export function sandwich(tree: CallTree, frame: number, minShare = 0): Sandwich {
  const callers = new ValuedTrie();
  const callees = new ValuedTrie();
  const calleeOf = new Int32Array(tree.length).fill(-1);
  let flat = 0;
  let cum = 0;
  for (let node = 1; node < tree.length; node++) {
    const parent = tree.parent[node] ?? 0;
    const own = tree.frame[node] ?? -1;
    const self = tree.self[node] ?? 0;
    const inside = calleeOf[parent] ?? -1;
    if (own === frame) flat += self;
    if (inside >= 0) {
      const callee = callees.trie.child(inside, own, tree.inlined[node] ?? 0);
      callees.add(callee, self);
      calleeOf[node] = callee;
    } else if (own === frame) {
      const total = tree.total[node] ?? 0;
      cum += total;
      const middle = callees.trie.child(0, frame, 0);
      callees.add(middle, self);
      calleeOf[node] = middle;
      callers.add(pathToRoot(tree, node, callers.trie), total);
    }
  }
  const options = { unit: tree.unit, minShare, divideBy: 1 };
  return {
    flat,
    cum,
    callers: finishCallTree(tree.frames, callers.folded(), options),
    callees: finishCallTree(tree.frames, callees.folded(), options),
  };
}

/** Adds the path from a node up to the root; gives its last node. */
function pathToRoot(tree: CallTree, from: number, trie: FrameTrie): number {
  let end = 0;
  for (let node = from; node > 0; node = tree.parent[node] ?? 0) {
    end = trie.child(end, tree.frame[node] ?? 0, tree.inlined[node] ?? 0);
  }
  return end;
}

/** A trie with one growing column of values. */
class ValuedTrie {
  readonly trie = new FrameTrie();
  private self = new Float64Array(1024);

  add(node: number, value: number): void {
    this.grow(node + 1);
    this.self[node] = (this.self[node] ?? 0) + value;
  }

  folded(): { trie: FrameTrie; self: Float64Array } {
    this.grow(this.trie.length);
    return { trie: this.trie, self: this.self };
  }

  private grow(length: number): void {
    if (length <= this.self.length) return;
    this.self = resized(this.self, Math.max(length, this.self.length * 2), (n) => {
      return new Float64Array(n);
    });
  }
}
