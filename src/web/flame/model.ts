/**
 * What the flame graph draws: one call tree with its places, colours and names, ready to be zoomed.
 *
 * Made once for each tree (data, filter or comparison changed), never while panning. Cost: O(nodes).
 */
import type { CallTree } from '../../profile/calltree.ts';
import { packageOf } from '../../report/origin.ts';
import { isLabelFrame, WITHOUT } from '../../report/reading/grouped.ts';
import type { BaseColumns } from '../data/tree.ts';
import { fitLabel, shortForms } from './label.ts';
import { diffWeights, type FlameLayout, layoutFlame, weightsOf } from './layout.ts';
import { originsOf } from './origin.ts';

/** How a node changed: from much less to much more. Index into the palette's five diff colours. */
export const CHANGES = ['less-strong', 'less', 'same', 'more', 'more-strong'] as const;
const SAME = 2;

export interface FlameModel {
  readonly tree: CallTree;
  readonly layout: FlameLayout;
  /** Index into ORIGINS for each frame. */
  readonly origin: Uint8Array;
  /** Which of an origin's SHADES each frame has: one for all frames of a package. */
  readonly shade: Uint8Array;
  /** 1 for frames that are a label's value, not code; undefined = there are none. */
  readonly isLabel: Uint8Array | undefined;
  /** Index into CHANGES for each node; undefined = not a difference. */
  readonly change: Uint8Array | undefined;
  /** The text for a node in a rectangle of so many characters; '' = none fits. */
  labelOf(node: number, chars: number): string;
}

export interface FlameModelOptions {
  readonly base: Pick<BaseColumns, 'total'> | undefined;
  /** Multiplies base values so that both sides compare. */
  readonly baseScale: number;
  readonly ownModules: readonly string[];
  /** Text of the root's row. */
  readonly rootLabel: string;
  /** The label whose values are frames at the root; '' or unset = none. */
  readonly labelKey?: string;
}

/** Shades of one origin's colour, so that packages beside each other can be told apart. */
export const SHADES = 3;

function shadeOf(name: string): number {
  const path = packageOf(name);
  let hash = 0;
  for (let at = 0; at < path.length; at++) hash = (hash * 31 + path.charCodeAt(at)) | 0;
  return (hash >>> 4) % SHADES;
}

/** Relative change of the larger side, −1 … 1; 0 when both are 0. */
export function relativeChange(value: number, base: number): number {
  const larger = Math.max(Math.abs(value), Math.abs(base));
  return larger === 0 ? 0 : (value - base) / larger;
}

/** Below 3 % is the same; from 30 % on it is a strong change. */
export function changeClass(value: number, base: number): number {
  const change = relativeChange(value, base);
  if (Math.abs(change) < 0.03) return SAME;
  const size = Math.abs(change) < 0.3 ? 1 : 2;
  return SAME + Math.sign(change) * size;
}

function changesOf(tree: CallTree, base: Float64Array, scale: number): Uint8Array {
  const classes = new Uint8Array(tree.length);
  for (let node = 0; node < tree.length; node++) {
    classes[node] = changeClass(tree.total[node] ?? 0, (base[node] ?? 0) * scale);
  }
  return classes;
}

function labelFrames(tree: CallTree, key: string): Uint8Array {
  return Uint8Array.from(tree.frames.file, (file) => (isLabelFrame(file, key) ? 1 : 0));
}

/** pprof has no name for samples without the label. */
function labelText(name: string): string {
  return name === '' || name === '<unknown>' ? WITHOUT : name;
}

export function flameModel(tree: CallTree, options: FlameModelOptions): FlameModel {
  const { base, baseScale, rootLabel, labelKey = '' } = options;
  const weights = base ? diffWeights(tree, base.total, baseScale) : weightsOf(tree);
  const change = base && changesOf(tree, base.total, baseScale);
  const isLabel = labelKey === '' ? undefined : labelFrames(tree, labelKey);
  const forms: (readonly string[] | undefined)[] = new Array(tree.frames.length);
  const formsOf = (frame: number): readonly string[] => {
    const known = forms[frame];
    if (known !== undefined) return known;
    const name = tree.frames.name[frame] ?? '';
    // The whole path is never drawn: it would push the function out of most rectangles.
    const made = isLabel?.[frame] === 1 ? [labelText(name)] : shortForms(name).slice(1);
    forms[frame] = made;
    return made;
  };
  const sign = (node: number) => {
    const direction = (change?.[node] ?? SAME) - SAME;
    if (direction === 0) return '';
    return direction > 0 ? '+ ' : '− ';
  };
  return {
    tree,
    layout: layoutFlame(tree, weights),
    origin: originsOf(tree.frames, options.ownModules),
    shade: Uint8Array.from(tree.frames.name, shadeOf),
    isLabel,
    change,
    labelOf(node, chars) {
      const frame = tree.frame[node] ?? -1;
      const mark = sign(node);
      if (frame < 0) return fitLabel([rootLabel], chars);
      const name = fitLabel(formsOf(frame), chars - mark.length);
      return name === '' ? '' : mark + name;
    },
  };
}
