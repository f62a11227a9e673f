/**
 * The trees below the root's children, each as a tree of its own: one flame graph for each value of
 * a label. Pure. Cost: O(nodes) for all of them together.
 */
import type { CallTree } from '../../profile/calltree.ts';
import type { BaseColumns } from '../data/tree.ts';
import type { Values } from './transform.ts';

export interface Branch {
  /** Name of the child's frame. */
  readonly name: string;
  /** The child's frame is left out: its value is the root's. */
  readonly values: Values;
}

/** Nodes from … to as a tree whose root is node `from`. */
function branchOf({ tree, base }: Values, from: number): Values {
  const to = tree.subtreeEnd[from] ?? from + 1;
  const depth = tree.depth[from] ?? 0;
  const cut: CallTree = {
    frames: tree.frames,
    length: to - from,
    frame: tree.frame.slice(from, to),
    parent: tree.parent.slice(from, to).map((parent) => parent - from),
    subtreeEnd: tree.subtreeEnd.slice(from, to).map((end) => end - from),
    depth: tree.depth.slice(from, to).map((level) => level - depth),
    inlined: tree.inlined.slice(from, to),
    self: tree.self.slice(from, to),
    total: tree.total.slice(from, to),
    unit: tree.unit,
    omittedNodes: 0,
  };
  cut.frame[0] = -1;
  cut.parent[0] = -1;
  const cutBase: BaseColumns | undefined = base && {
    coverage: base.coverage,
    self: base.self.slice(from, to),
    total: base.total.slice(from, to),
  };
  return { tree: cut, base: cutBase };
}

/** One branch for each child of the root, in the tree's order. */
export function branchesOf(values: Values): readonly Branch[] {
  const { tree } = values;
  const branches: Branch[] = [];
  for (let node = 1; node < tree.length; node = tree.subtreeEnd[node] ?? tree.length) {
    const name = tree.frames.name[tree.frame[node] ?? -1] ?? '';
    branches.push({ name, values: branchOf(values, node) });
  }
  return branches;
}
