/**
 * Search: an RE2 pattern against frames, and what it matches in the tree.
 *
 * RE2 because that is what Go and pprof use: the same pattern works in the search field, in the
 * filters and in `whygo pprof -focus`. A pattern without capitals ignores case, as nobody types
 * capitals when searching; filters never do. Cost: one match a frame, one pass over the nodes.
 */
import { UserError } from '../../base/errors.ts';
import type { CallTree } from '../../profile/calltree.ts';
import { compileMatcher } from '../../profile/regexp.ts';

/** A compiled pattern, or what is wrong with it. */
export type Pattern =
  | { readonly kind: 'none' }
  | { readonly kind: 'pattern'; readonly test: (text: string) => boolean }
  | { readonly kind: 'invalid'; readonly reason: string };

/** `case`: 'exact' as in pprof's filters; 'smart' ignores case unless the pattern has capitals. */
export function compilePattern(text: string, mode: 'exact' | 'smart'): Pattern {
  if (text === '') return { kind: 'none' };
  try {
    const exact = compileMatcher(text, 'search');
    const fold = mode === 'smart' && !/\p{Lu}/u.test(text.replaceAll(/\\./g, ''));
    return { kind: 'pattern', test: fold ? compileMatcher(`(?i)${text}`, 'search') : exact };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'invalid', reason: `${error.message}. ${error.next}` };
  }
}

/** 1 for each frame whose name or file matches; names alone when `files` is false. */
export function matchFrames(
  frames: CallTree['frames'],
  pattern: Pattern,
  files = true,
): Uint8Array {
  const matched = new Uint8Array(frames.length);
  if (pattern.kind !== 'pattern') return matched;
  for (let frame = 0; frame < frames.length; frame++) {
    const hit =
      pattern.test(frames.name[frame] ?? '') || (files && pattern.test(frames.file[frame] ?? ''));
    matched[frame] = hit ? 1 : 0;
  }
  return matched;
}

export interface Matches {
  /** 1 for each frame that matches. */
  readonly frames: Uint8Array;
  /** Matching nodes in pre-order. */
  readonly nodes: Int32Array;
  /** How many frames match that are in the tree. */
  readonly count: number;
  /** Own value of the matching frames together. */
  readonly self: number;
  /** Value of all samples with a match somewhere on their stack: nothing counts twice. */
  readonly total: number;
}

export function findMatches(tree: CallTree, frames: Uint8Array): Matches {
  const nodes: number[] = [];
  const seen = new Set<number>();
  let self = 0;
  let total = 0;
  let countedUntil = 0;
  for (let node = 1; node < tree.length; node++) {
    if (frames[tree.frame[node] ?? -1] !== 1) continue;
    nodes.push(node);
    seen.add(tree.frame[node] ?? -1);
    self += tree.self[node] ?? 0;
    if (node < countedUntil) continue;
    total += tree.total[node] ?? 0;
    countedUntil = tree.subtreeEnd[node] ?? node;
  }
  return { frames, nodes: Int32Array.from(nodes), count: seen.size, self, total };
}

/** The next match after `node` in pre-order (or before it), around the ends; -1 without any. */
export function nextMatch(nodes: Int32Array, node: number, backwards: boolean): number {
  if (nodes.length === 0) return -1;
  if (backwards) return nodes.findLast((match) => match < node) ?? nodes.at(-1) ?? -1;
  return nodes.find((match) => match > node) ?? nodes[0] ?? -1;
}
