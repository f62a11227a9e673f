/**
 * Call trees written and read as text, for tests that look like pictures of the tree.
 *
 *     main 10
 *       serve 7 (self 2)
 *         parse 5 (self 5)
 */
import { buildCallTree, type CallTree } from '../../profile/calltree.ts';
import { profileFromText } from '../../profile/fromtext.ts';

/** Folded stacks, one a line: `main;serve;parse 5`. */
export function treeFromText(text: string, inverted = false): CallTree {
  return buildCallTree(profileFromText(text), { sampleIndex: 0, inverted });
}

/** The tree without its root, two blanks a level; `self` only where there is any. */
export function textFromTree(tree: CallTree): string {
  const lines: string[] = [];
  for (let node = 1; node < tree.length; node++) {
    const indent = '  '.repeat((tree.depth[node] ?? 1) - 1);
    const name = tree.frames.name[tree.frame[node] ?? -1] ?? '?';
    const self = tree.self[node] ?? 0;
    lines.push(`${indent}${name} ${tree.total[node]}${self === 0 ? '' : ` (self ${self})`}`);
  }
  return lines.join('\n');
}

/** The node that a path of names (`main;serve`) leads to; -1 when there is none. */
export function nodeNamed(tree: CallTree, path: string): number {
  const names = path.split(';');
  const pathOf = (node: number): string => {
    const parts: string[] = [];
    for (let at = node; at > 0; at = tree.parent[at] ?? 0) {
      parts.unshift(tree.frames.name[tree.frame[at] ?? -1] ?? '?');
    }
    return parts.join(';');
  };
  for (let node = 1; node < tree.length; node++) {
    if (tree.depth[node] === names.length && pathOf(node) === path) return node;
  }
  return -1;
}
