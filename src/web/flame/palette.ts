/**
 * The flame graph's fills, in one order: origins, then the five changes, then the neutral ones.
 */
import { ORIGINS, readToken } from '../theme/colors.ts';
import { CHANGES } from './model.ts';
import type { Palette } from './renderer.ts';

export const FIRST_CHANGE = ORIGINS.length;
export const ROOT_FILL = FIRST_CHANGE + CHANGES.length;
export const MERGED_FILL = ROOT_FILL + 1;
export const DIM_FILL = ROOT_FILL + 2;

/** Reads the palette as the theme of `element` gives it. */
export function readPalette(element: Element): Palette {
  const token = (name: `--${string}`) => readToken(element, name);
  const text = token('--frame-text');
  const frames = [
    ...ORIGINS.map((origin) => token(`--frame-${origin}`)),
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
