/**
 * A report as folded stacks: `root;caller;leaf 42`, one line for each distinct stack, in the order of
 * their frames, callers before what they call.
 *
 * What flamegraph.pl, inferno and speedscope read. Frames are those of the report's granularity, inlined
 * ones included; a value is in the profile's own unit. A comparison has two values, before and after, as
 * difffolded.pl writes them. Written as it goes: the text is many times the profile. Cost: one pass over
 * the samples, memory for distinct stacks.
 */
import { frameRanks } from '../../profile/frames.ts';
import { type FoldedFlame, foldFlame } from './flametree.ts';
import { formatInteger } from './gotext.ts';
import type { ReportOptions } from './options.ts';
import type { Report } from './report.ts';
import type { WriteText } from './traces.ts';

/** Samples without a stack still count. */
const NO_STACK = '<no stack>';

/** Text is handed on in pieces of about this length. */
const PIECE = 1 << 16;

export function printFolded(report: Report, write: WriteText): void {
  const folded = foldFlame(report, false);
  const names = frameTexts(folded, report.options);
  const ranks = frameRanks(folded.frames);
  /** Nodes still to be printed, the next one last, and the text of each one's callers. */
  const nodes = [0];
  const above = [''];
  let text = '';
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const callers = above.pop() ?? '';
    const stack = node === 0 ? '' : callers + (names[folded.trie.frame[node] ?? 0] ?? '');
    text += lineOf(folded, node, stack, report.options.dropNegative);
    if (text.length > PIECE) {
      write(text);
      text = '';
    }
    for (const child of childrenOf(folded, node, ranks)) {
      nodes.push(child);
      above.push(stack === '' ? '' : `${stack};`);
    }
  }
  write(text);
}

/** The format has no escapes: what separates its parts is taken out of names. */
function frameTexts({ frames }: FoldedFlame, { detail }: ReportOptions): string[] {
  const withLines = detail.lines && !detail.addresses;
  return frames.name.map((name, frame) => {
    const line = frames.line[frame] ?? 0;
    const place = withLines && line > 0 ? ` ${frames.file[frame]}:${line}` : '';
    return `${name}${place}`.replaceAll(';', ':').replaceAll(/[\r\n]+/g, ' ');
  });
}

function lineOf(
  { self, baseSelf }: FoldedFlame,
  node: number,
  stack: string,
  dropNegative: boolean,
): string {
  const value = self[node] ?? 0;
  const before = baseSelf?.[node] ?? 0;
  if ((value === 0 && before === 0) || (dropNegative && value < before)) return '';
  const values = baseSelf === undefined ? [value] : [before, value];
  return `${stack === '' ? NO_STACK : stack} ${values.map(formatInteger).join(' ')}\n`;
}

/** Children of a node, the first one last. */
function childrenOf({ trie }: FoldedFlame, node: number, ranks: Int32Array): number[] {
  const children: number[] = [];
  for (let child = trie.firstChild[node] ?? 0; child !== 0; child = trie.nextSibling[child] ?? 0) {
    children.push(child);
  }
  const rank = (child: number) => ranks[trie.frame[child] ?? 0] ?? 0;
  return children.sort((a, b) => rank(b) - rank(a));
}
