/**
 * Call tree → call tree: focus, ignore, hide, show, collapsed recursion, and the two halves of a
 * sandwich; with the base's values beside them when it is a difference.
 *
 * Works on trees, so that a filter costs no new query: every node's own value is that of the samples
 * that end there, and what was left out below a node (`omittedNodes`) moves with it. Meaning follows
 * pprof's -focus, -ignore, -hide and -show (google/pprof profile/filter.go). Cost: O(nodes); the
 * callers' half of a sandwich O(occurrences · depth).
 */
import type { CallTree } from '../../profile/calltree.ts';
import { frameRanks } from '../../profile/frames.ts';
import { accumulate, FrameTrie, layoutTrie } from '../../profile/trie.ts';
import type { BaseColumns } from '../data/tree.ts';
import { matchFrames, type Pattern } from '../flame/search.ts';

/** A tree and, in a difference, the base's values for the same nodes. */
export interface Values {
  readonly tree: CallTree;
  readonly base: BaseColumns | undefined;
}

export interface TreeFilters {
  readonly focus: Pattern;
  readonly ignore: Pattern;
  readonly hide: Pattern;
  readonly show: Pattern;
  readonly collapseRecursion: boolean;
}

/** True when the filters would give the same tree back. */
export function changesNothing(filters: TreeFilters): boolean {
  const { focus, ignore, hide, show, collapseRecursion } = filters;
  return (
    !collapseRecursion && [focus, ignore, hide, show].every((pattern) => pattern.kind !== 'pattern')
  );
}

/** What is left out below each node: its total less its own value and its children's totals. */
function restsOf(tree: CallTree, self: Float64Array, total: Float64Array): Float64Array {
  const rest = total.map((value, node) => value - (self[node] ?? 0));
  for (let node = 1; node < tree.length; node++) {
    const up = tree.parent[node] ?? 0;
    rest[up] = (rest[up] ?? 0) - (total[node] ?? 0);
  }
  return rest;
}

/** One side's values on their way into a new tree. */
interface Side {
  readonly self: Float64Array;
  readonly rest: Float64Array;
  /** By trie node; grown as the trie grows. */
  newSelf: Float64Array;
  newTotal: Float64Array;
}

/** Folds nodes of an old tree into a new one and finishes it. */
class Refold {
  readonly trie = new FrameTrie();
  private readonly old: Values;
  private readonly sides: Side[];

  constructor(old: Values) {
    this.old = old;
    const side = (self: Float64Array, total: Float64Array): Side => ({
      self,
      rest: restsOf(old.tree, self, total),
      newSelf: new Float64Array(1024),
      newTotal: new Float64Array(1024),
    });
    this.sides = [side(old.tree.self, old.tree.total)];
    if (old.base) this.sides.push(side(old.base.self, old.base.total));
  }

  /** Gives the old node's own value (and what was left out below it) to a new node. */
  addOwn(node: number, target: number): void {
    for (const side of this.sides) {
      this.grow(side, target);
      const self = side.self[node] ?? 0;
      side.newSelf[target] = (side.newSelf[target] ?? 0) + self;
      side.newTotal[target] = (side.newTotal[target] ?? 0) + self + (side.rest[node] ?? 0);
    }
  }

  /** Gives a whole total of the old node to a new one, as its own value. */
  addTotal(node: number, target: number): void {
    const totals = [this.old.tree.total, this.old.base?.total];
    this.sides.forEach((side, index) => {
      this.grow(side, target);
      const value = totals[index]?.[node] ?? 0;
      side.newSelf[target] = (side.newSelf[target] ?? 0) + value;
      side.newTotal[target] = (side.newTotal[target] ?? 0) + value;
    });
  }

  private grow(side: Side, target: number): void {
    if (target < side.newSelf.length) return;
    const wider = (column: Float64Array) => {
      const grown = new Float64Array(Math.max(target + 1, column.length * 2));
      grown.set(column);
      return grown;
    };
    side.newSelf = wider(side.newSelf);
    side.newTotal = wider(side.newTotal);
  }

  finish(): Values {
    const { trie, old } = this;
    for (const side of this.sides) {
      this.grow(side, trie.length - 1);
      accumulate(trie, side.newTotal);
    }
    const [current, base] = this.sides;
    const currentTotal = current?.newTotal ?? new Float64Array(trie.length);
    const weight = currentTotal.map((value, node) =>
      Math.max(Math.abs(value), Math.abs(base?.newTotal[node] ?? 0)),
    );
    const layout = layoutTrie(trie, {
      sortKey: base ? weight : currentTotal,
      frameRank: frameRanks(old.tree.frames),
      weight,
      minWeight: Number.MIN_VALUE,
    });
    const take = (column: Float64Array | undefined) =>
      Float64Array.from(layout.node, (node) => column?.[node] ?? 0);
    const tree: CallTree = {
      frames: old.tree.frames,
      length: layout.length,
      frame: Int32Array.from(layout.node, (node) => trie.frame[node] ?? -1),
      parent: layout.parent,
      subtreeEnd: layout.subtreeEnd,
      depth: layout.depth,
      inlined: Uint8Array.from(layout.node, (node) => trie.inlined[node] ?? 0),
      self: take(current?.newSelf),
      total: take(currentTotal),
      unit: old.tree.unit,
      omittedNodes: old.tree.omittedNodes,
    };
    const newBase = old.base && {
      coverage: old.base.coverage,
      self: take(base?.newSelf),
      total: take(base?.newTotal),
    };
    return { tree, base: newBase };
  }
}

/** 1 for each node that has a match on its path, itself included. */
function onPath(tree: CallTree, matched: Uint8Array): Uint8Array {
  const found = new Uint8Array(tree.length);
  for (let node = 1; node < tree.length; node++) {
    found[node] = (found[tree.parent[node] ?? 0] ?? 0) | (matched[tree.frame[node] ?? 0] ?? 0);
  }
  return found;
}

/** Keeps samples by focus and ignore, and frames by hide and show; then collapses recursion. */
export function filterTree(old: Values, filters: TreeFilters): Values {
  if (changesNothing(filters)) return old;
  const { tree } = old;
  const matching = (pattern: Pattern) =>
    pattern.kind === 'pattern' ? matchFrames(tree.frames, pattern) : undefined;
  const focus = matching(filters.focus);
  const ignore = matching(filters.ignore);
  const hide = matching(filters.hide);
  const show = matching(filters.show);
  const focused = focus && onPath(tree, focus);
  const ignored = ignore && onPath(tree, ignore);
  const refold = new Refold(old);
  const target = new Int32Array(tree.length);
  for (let node = 0; node < tree.length; node++) {
    if (node > 0) {
      const frame = tree.frame[node] ?? 0;
      const up = target[tree.parent[node] ?? 0] ?? 0;
      const hidden = hide?.[frame] === 1 || (show !== undefined && show[frame] !== 1);
      const earlier = hidden ? up : filters.collapseRecursion ? onTrie(refold.trie, up, frame) : -1;
      target[node] = earlier >= 0 ? earlier : refold.trie.child(up, frame, tree.inlined[node] ?? 0);
    }
    const to = target[node] ?? 0;
    const kept = (focused?.[node] ?? 1) === 1 && (ignored?.[node] ?? 0) === 0;
    // As in pprof, a sample without a frame left is gone.
    const nameless = to === 0 && (hide !== undefined || show !== undefined);
    if (kept && !nameless) refold.addOwn(node, to);
  }
  return refold.finish();
}

/** The trie node of a frame among `node` and its ancestors, or -1. */
function onTrie(trie: FrameTrie, node: number, frame: number): number {
  for (let at = node; at > 0; at = trie.parent[at] ?? 0) if (trie.frame[at] === frame) return at;
  return -1;
}

/** Both halves of a sandwich around a function: a root that is the function, and who is around it. */
export interface Sandwich {
  /** From the function down to what it calls. The root's only child is the function. */
  readonly callees: Values;
  /** From the function up to its callers, as an inverted tree. The same root. */
  readonly callers: Values;
}

/** 1 for each frame of that name. */
export function framesNamed(frames: CallTree['frames'], name: string): Uint8Array {
  return Uint8Array.from(frames.name, (other) => (other === name ? 1 : 0));
}

/** The outermost nodes of a frame: every sample through it passes one of them exactly once. */
export function outermost(tree: CallTree, matched: Uint8Array): readonly number[] {
  const nodes: number[] = [];
  for (let node = 1; node < tree.length; ) {
    const hit = matched[tree.frame[node] ?? -1] === 1;
    if (hit) nodes.push(node);
    node = hit ? (tree.subtreeEnd[node] ?? tree.length) : node + 1;
  }
  return nodes;
}

/** `old` is folded from the root (not inverted). */
export function sandwichOf(old: Values, name: string): Sandwich {
  const { tree } = old;
  const matched = framesNamed(tree.frames, name);
  const frame = matched.indexOf(1);
  const callees = new Refold(old);
  const callers = new Refold(old);
  for (const top of outermost(tree, matched)) {
    const target = new Map<number, number>([[tree.parent[top] ?? 0, 0]]);
    const end = tree.subtreeEnd[top] ?? top;
    for (let node = top; node < end; node++) {
      const up = target.get(tree.parent[node] ?? 0) ?? 0;
      const to = callees.trie.child(
        up,
        tree.frame[node] ?? 0,
        node === top ? 0 : (tree.inlined[node] ?? 0),
      );
      target.set(node, to);
      callees.addOwn(node, to);
    }
    let at = callers.trie.child(0, frame, 0);
    for (let node = tree.parent[top] ?? 0; node > 0; node = tree.parent[node] ?? 0) {
      at = callers.trie.child(at, tree.frame[node] ?? 0, 0);
    }
    callers.addTotal(top, at);
  }
  return { callees: callees.finish(), callers: callers.finish() };
}
