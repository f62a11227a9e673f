/**
 * Moving through a call tree by keys: parent, child, sibling; and paths, which outlive a tree.
 *
 * A node index is only good for its tree. A path of frame names finds the same place in the next
 * one (new data, another filter). Cost: O(children) a step.
 */
import type { CallTree } from '../../profile/calltree.ts';

type Shape = Pick<CallTree, 'length' | 'parent' | 'subtreeEnd'>;

export function firstChild(tree: Shape, node: number): number {
  return node + 1 < (tree.subtreeEnd[node] ?? 0) ? node + 1 : -1;
}

export function nextSibling(tree: Shape, node: number): number {
  const up = tree.parent[node] ?? -1;
  const next = tree.subtreeEnd[node] ?? tree.length;
  return up >= 0 && next < (tree.subtreeEnd[up] ?? 0) ? next : -1;
}

export function previousSibling(tree: Shape, node: number): number {
  const up = tree.parent[node] ?? -1;
  if (up < 0) return -1;
  let before = -1;
  for (let child = up + 1; child < node; child = tree.subtreeEnd[child] ?? tree.length) {
    before = child;
  }
  return before;
}

export type Direction = 'parent' | 'child' | 'next' | 'previous';

/** Where a step leads from `node`; `node` itself when there is nothing. Without one: the root. */
export function step(tree: Shape, node: number, direction: Direction): number {
  if (node < 0 || node >= tree.length) return tree.length > 0 ? 0 : -1;
  const next = {
    parent: () => tree.parent[node] ?? -1,
    child: () => firstChild(tree, node),
    next: () => nextSibling(tree, node),
    previous: () => previousSibling(tree, node),
  }[direction]();
  return next < 0 ? node : next;
}

function nameOf(tree: Pick<CallTree, 'frame' | 'frames'>, node: number): string {
  return tree.frames.name[tree.frame[node] ?? -1] ?? '';
}

/** Frame names from the outermost to the node; [] for the root. */
export function pathOf(tree: CallTree, node: number): readonly string[] {
  const path: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at] ?? -1) path.push(nameOf(tree, at));
  return path.reverse();
}

/** The node that a path leads to, or the deepest one on the way; 0 for []. */
export function findPath(tree: CallTree, path: readonly string[]): number {
  let node = 0;
  for (const name of path) {
    const end = tree.subtreeEnd[node] ?? 0;
    let child = node + 1;
    while (child < end && nameOf(tree, child) !== name) child = tree.subtreeEnd[child] ?? end;
    if (child >= end) return node;
    node = child;
  }
  return node;
}
