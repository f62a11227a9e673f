/**
 * A report as folded stacks: `root;caller;leaf 42`, one line for each distinct stack, sorted.
 *
 * What flamegraph.pl, inferno and speedscope read. Frames are those of the report's granularity, inlined
 * ones included; a value is in the profile's own unit. A comparison has two values, before and after, as
 * difffolded.pl writes them. Cost: one pass over the samples, memory for distinct stacks.
 */
import type { FrameTrie } from '../../profile/trie.ts';
import { foldFlame } from './flametree.ts';
import { compareStrings, formatInteger } from './gotext.ts';
import type { Report } from './report.ts';

/** Samples without a stack still count. */
const NO_STACK = '<no stack>';

export function printFolded(report: Report): string {
  const { trie, frames, self, baseSelf } = foldFlame(report, false);
  const { dropNegative } = report.options;
  // The format has no escapes.
  const names = frames.name.map((name) => name.replaceAll(';', ':').replaceAll(/[\r\n]+/g, ' '));
  const lines: string[] = [];
  for (let node = 0; node < trie.length; node++) {
    const value = self[node] ?? 0;
    const before = baseSelf?.[node] ?? 0;
    if ((value === 0 && before === 0) || (dropNegative && value < before)) continue;
    const stack = node === 0 ? NO_STACK : stackOf(trie, names, node);
    const values = baseSelf === undefined ? [value] : [before, value];
    lines.push(`${stack} ${values.map(formatInteger).join(' ')}\n`);
  }
  return lines.sort(compareStrings).join('');
}

function stackOf(trie: FrameTrie, names: readonly string[], leaf: number): string {
  const stack: string[] = [];
  for (let node = leaf; node > 0; node = trie.parent[node] ?? 0) {
    stack.push(names[trie.frame[node] ?? 0] ?? '');
  }
  return stack.reverse().join(';');
}
