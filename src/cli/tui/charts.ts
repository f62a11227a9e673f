/** Small charts in characters: sparklines for history, bars for shares. */

const STEPS = '▁▂▃▄▅▆▇█';
const PARTS = ' ▏▎▍▌▋▊▉';

/**
 * The last `width` values, each as a block up to `max` (of the values, unless given). NaN, which is
 * “not measured”, is a space; so is what was before the first value.
 */
export function sparkline(values: readonly number[], width: number, max?: number): string {
  const shown = values.slice(-width);
  const top = max ?? Math.max(0, ...shown.filter(Number.isFinite));
  const blocks = shown.map((value) => {
    if (!Number.isFinite(value)) return ' ';
    const share = top > 0 ? Math.min(1, Math.max(0, value / top)) : 0;
    return STEPS[Math.min(STEPS.length - 1, Math.round(share * (STEPS.length - 1)))] ?? ' ';
  });
  return blocks.join('').padStart(width);
}

/** A bar of `width` cells, in eighths of a cell; what is more than 0 is seen. */
export function barOf(value: number, max: number, width: number): string {
  const share = max > 0 && value > 0 ? Math.min(1, value / max) : 0;
  const eighths = share > 0 ? Math.max(1, Math.round(share * width * 8)) : 0;
  const full = Math.floor(eighths / 8);
  const part = eighths % 8 > 0 ? (PARTS[eighths % 8] ?? '') : '';
  return ('█'.repeat(full) + part).padEnd(width);
}
