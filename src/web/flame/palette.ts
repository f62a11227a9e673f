/**
 * The flame graph's fills, in one order: origins in their shades, the five changes, the neutral ones.
 */
import { ORIGINS, readToken } from '../theme/colors.ts';
import { CHANGES, type FlameModel, SHADES } from './model.ts';
import type { Palette } from './renderer.ts';

const FIRST_CHANGE = ORIGINS.length * SHADES;
const ROOT_FILL = FIRST_CHANGE + CHANGES.length;
const MERGED_FILL = ROOT_FILL + 1;
const DIM_FILL = ROOT_FILL + 2;

/** The fill of a node; -1 = a block of merged ones. `lit`: frames that are not dimmed; all if undefined. */
export function fillOf(model: FlameModel, node: number, lit: Uint8Array | undefined): number {
  if (node < 0) return MERGED_FILL;
  const frame = model.tree.frame[node] ?? -1;
  if (frame < 0) return ROOT_FILL;
  if (lit !== undefined && lit[frame] !== 1) return DIM_FILL;
  if (model.isLabel?.[frame] === 1 && model.change === undefined) return ROOT_FILL;
  if (model.change !== undefined) return FIRST_CHANGE + (model.change[node] ?? 0);
  return (model.origin[frame] ?? 0) * SHADES + (model.shade[frame] ?? 0);
}

/** Reads the palette as the theme of `element` gives it. */
export function readPalette(element: Element): Palette {
  const token = (name: `--${string}`) => readToken(element, name);
  const text = token('--frame-text');
  const frames = [
    ...ORIGINS.flatMap((origin) => [
      token(`--frame-${origin}`),
      token(`--frame-${origin}-2`),
      token(`--frame-${origin}-3`),
    ]),
    ...CHANGES.map((change) => token(`--diff-${change}`)),
  ];
  return {
    fills: [...frames, token('--bg-active'), token('--frame-merged'), token('--frame-dim')],
    texts: [...frames.map(() => text), token('--text'), token('--text'), token('--frame-dim-text')],
    background: token('--bg'),
    hover: token('--frame-hover'),
    selected: token('--frame-select'),
    shade: token('--shade'),
    fontFamily: getComputedStyle(element).getPropertyValue('--font-code'),
  };
}
