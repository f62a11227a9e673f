/**
 * Numbers as people read them: three significant digits, always a unit, and how much that is.
 *
 * Bytes count in 1024s and are written kB, MB, GB, as pprof prints them. Not a parser, and not for
 * machine output.
 */

/** A non-breaking space, so that a number never loses its unit at the end of a line. */
const SPACE = '\u00a0';

/** Three significant digits without an exponent: 0.00123, 1.23, 12.3, 123, 1234. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trimZeros(value.toFixed(1));
  if (size >= 1) return trimZeros(value.toFixed(2));
  return trimZeros(value.toFixed(Math.min(20, 2 - Math.floor(Math.log10(size)))));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  const size = Math.abs(value);
  // 999.5 of a smaller unit reads as 1000: the next unit takes over where rounding would show that.
  const step = steps.find(([factor]) => size >= factor * 0.9995) ?? steps.at(-1) ?? [1, ''];
  return `${threeDigits(value / step[0])}${SPACE}${step[1]}`;
}

const BYTES = [
  [2 ** 40, 'TB'],
  [2 ** 30, 'GB'],
  [2 ** 20, 'MB'],
  [2 ** 10, 'kB'],
  [1, 'B'],
] as const;
const SECONDS = [
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const;
const COUNTS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** 1234567 → `1.23 M`; below 10,000 exact, with no unit. */
export function formatCount(value: number): string {
  if (Math.abs(value) < 10_000) return threeDigits(value);
  return scaled(value, COUNTS);
}

/** A value with its unit: `212 MB`, `0.8 ms`, `1.4 cores`, `84 goroutines`. */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, BYTES);
    case 'seconds':
      return value === 0 ? `0${SPACE}s` : scaled(value, SECONDS);
    case 'nanoseconds':
      return value === 0 ? `0${SPACE}s` : scaled(value / 1e9, SECONDS);
    case 'cores':
      return `${threeDigits(value)}${SPACE}${value === 1 ? 'core' : 'cores'}`;
    case 'count':
    case 'goroutines':
      return formatCount(value);
    default:
      return `${formatCount(value)}${SPACE}${unit}`;
  }
}

/** 0.284 → `28 %`; small shares keep a digit: 0.012 → `1.2 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const size = Math.abs(percent);
  const digits = size >= 9.95 || size === 0 ? 0 : size >= 0.095 ? 1 : 2;
  return `${percent.toFixed(digits)}${SPACE}%`;
}

/**
 * How `now` stands to `before`: `+34 %`, `−12 %`, `×3.1`, `unchanged`. Growth beyond doubling is a
 * factor, because percentages past 100 are misread.
 */
export function formatChange(now: number, before: number): string {
  if (before === 0) return now === 0 ? 'unchanged' : 'from 0';
  const ratio = now / before;
  if (Math.abs(ratio - 1) < 0.005) return 'unchanged';
  if (ratio >= 2) return `×${threeDigits(Number(ratio.toPrecision(2)))}`;
  const sign = ratio > 1 ? '+' : '−';
  return `${sign}${formatShare(Math.abs(ratio - 1))}`;
}

/** A length of time in words short enough for a bar: `42 s`, `12 min`, `1 h 5 min`, `3 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${threeDigits(ms)}${SPACE}ms`;
  if (seconds < 120) return `${seconds}${SPACE}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes}${SPACE}min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours < 48) return `${hours}${SPACE}h${rest === 0 ? '' : ` ${rest}${SPACE}min`}`;
  return `${Math.round(hours / 24)}${SPACE}d`;
}
