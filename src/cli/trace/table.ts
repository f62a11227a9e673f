/** Plain tables for terminals: columns as wide as their widest cell, numbers to the right. */

export type Align = 'left' | 'right';

/** Lines without trailing spaces. A last column to the left is cut to what `width` leaves. */
export function tableLines(
  rows: readonly (readonly string[])[],
  align: readonly Align[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const widths = align.map((_, i) => Math.max(0, ...rows.map((row) => (row[i] ?? '').length)));
  const last = align.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  return rows.map((row) =>
    align
      .map((side, i) => {
        const text = row[i] ?? '';
        if (i === last && side === 'left') return shortened(text, Math.max(30, width - before));
        return side === 'left' ? text.padEnd(widths[i]) : text.padStart(widths[i]);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Cut in the middle: the ends of functions and paths tell most. */
function shortened(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
