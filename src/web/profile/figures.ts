/**
 * A node's figures as words: what hover, the details strip and screen readers say. Pure.
 */

import type { BaseColumns } from '../data/tree.ts';
import type { FlameModel } from '../flame/model.ts';
import { ORIGIN_TITLES, ORIGINS } from '../theme/colors.ts';
import { deltaText, percentText, placeText, ratioText, valueText } from './numbers.ts';

export interface Figure {
  /** 'self', 'total', … */
  readonly title: string;
  readonly value: string;
  /** `14.2 % of all`; '' = none. */
  readonly share: string;
  /** Change against the base, with its sign; undefined = not a difference. */
  readonly change: { readonly text: string; readonly direction: -1 | 0 | 1 } | undefined;
}

export interface NodeFigures {
  readonly name: string;
  /** The file as the profile has it, and the line where the function begins. */
  readonly place: string;
  readonly shortPlace: string;
  readonly origin: string;
  readonly inlined: boolean;
  readonly values: readonly Figure[];
  /** One sentence for the live region. */
  readonly sentence: string;
}

function directionOf(delta: number): -1 | 0 | 1 {
  return delta > 0 ? 1 : delta < 0 ? -1 : 0;
}

/** Whose nodes are described. */
export interface FigureSubject {
  readonly model: FlameModel;
  readonly base: BaseColumns | undefined;
  readonly baseScale: number;
  /** What shares are of. */
  readonly grandTotal: number;
  /** True when a node's parent is what it calls. */
  readonly inverted: boolean;
}

/** undefined when there is no such node. */
export function describeNode(subject: FigureSubject, node: number): NodeFigures | undefined {
  const { model, base, baseScale, grandTotal: grand, inverted } = subject;
  const { tree } = model;
  if (node < 0 || node >= tree.length) return undefined;
  const frame = tree.frame[node] ?? -1;
  const parent = tree.total[tree.parent[node] ?? -1];
  const self = tree.self[node] ?? 0;
  const total = tree.total[node] ?? 0;
  const change = (now: number, before: Float64Array | undefined) => {
    if (before === undefined) return undefined;
    const was = (before[node] ?? 0) * baseScale;
    const text = `${deltaText(now - was, tree.unit)} ${ratioText(now, was)}`.trim();
    return { text, direction: directionOf(now - was) };
  };
  const own: Figure = {
    title: 'self',
    value: valueText(self, tree.unit),
    share: `${percentText(self, grand)} of all`,
    change: change(self, base?.self),
  };
  const figures: Figure[] = [
    {
      title: 'total',
      value: valueText(total, tree.unit),
      share: `${percentText(total, grand)} of all`,
      change: change(total, base?.total),
    },
    // In an inverted tree it would be the value of stacks that begin here: no one asks for that.
    ...(inverted ? [] : [own]),
  ];
  if (parent !== undefined && node > 0) {
    const share = percentText(total, parent);
    const title = inverted ? 'of callee' : 'of caller';
    figures.push({ title, value: share, share: '', change: undefined });
  }
  const file = tree.frames.file[frame] ?? '';
  const line = tree.frames.line[frame] ?? 0;
  const name = frame < 0 ? 'everything' : (tree.frames.name[frame] ?? '');
  const spoken = figures.map((f) => `${f.title} ${f.value}${f.share && `, ${f.share}`}`);
  return {
    name,
    place: line > 0 ? `${file}:${line}` : file,
    shortPlace: placeText(file, line),
    origin: frame < 0 ? '' : ORIGIN_TITLES[ORIGINS[model.origin[frame] ?? 0] ?? 'own'],
    inlined: tree.inlined[node] === 1,
    values: figures,
    sentence: `${name}: ${spoken.join('; ')}`,
  };
}
