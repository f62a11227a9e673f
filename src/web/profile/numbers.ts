/**
 * Numbers of one profile: three significant digits that line up in columns, signs that are seen.
 *
 * For prose and charts see service/figures.ts, which drops zeros at the end; in a column they stay.
 */
import { formatValue } from '../service/figures.ts';

const NBSP = '\u00a0';

/** Three significant digits: `8.1` → `8.10`; whole counts, bytes and nanoseconds stay whole. */
function padded(text: string): string {
  const [number = '', unit] = text.split(NBSP);
  if (unit === undefined || unit === 'B' || unit === 'ns') return text;
  const digits = number.replace(/^-?0*\.?0*/, '').replace('.', '').length;
  if (digits === 0 || digits >= 3) return text;
  const point = number.includes('.') ? '' : '.';
  return `${number}${point}${'0'.repeat(3 - digits)}${NBSP}${unit}`;
}

/** A value with its unit; '0' for none. */
export function valueText(value: number, unit: string): string {
  if (value === 0) return '0';
  return padded(formatValue(value, unit)).replace('-', '−');
}

/** `14.2 %`, `3.10 %`, `0.042 %`; '' when there is nothing to be a share of. */
export function percentText(value: number, total: number): string {
  if (total === 0) return '';
  const percent = (value / total) * 100;
  const size = Math.abs(percent);
  if (size === 0) return `0${NBSP}%`;
  if (size < 0.01) return `<0.01${NBSP}%`;
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return `${percent.toFixed(digits).replace('-', '−')}${NBSP}%`;
}

/** A change with its sign: `+1.2 s`, `−340 kB`, `0`. */
export function deltaText(delta: number, unit: string): string {
  if (delta === 0) return '0';
  return `${delta > 0 ? '+' : ''}${valueText(delta, unit)}`;
}

/** How much that is of before: `+12 %`, `−40 %`, `×3.1`, `new`, `gone`. */
export function ratioText(now: number, before: number): string {
  if (before === 0) return now === 0 ? '' : 'new';
  if (now === 0) return 'gone';
  const ratio = now / before;
  if (ratio >= 2) {
    const figure = Number(ratio.toPrecision(ratio >= 100 ? 3 : 2));
    return `×${figure.toLocaleString('en')}`;
  }
  const percent = Math.round((ratio - 1) * 100);
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)}${NBSP}%`;
}

/** `cart.go:42`; the file alone without a line; '' when nothing is known. */
export function placeText(file: string, line: number): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return line > 0 && name !== '' ? `${name}:${line}` : name;
}
