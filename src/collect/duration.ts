/**
 * Durations and sizes as people write them: `1m30s` (Prometheus: y w d h m s ms), `64MB` (B, KB … in
 * steps of 1024, as Prometheus counts them).
 */

const unitMillis: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const unitOrder = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];

/**
 * Milliseconds of `1m30s`, `10s`, `1.5s`, `500ms`; undefined when it is no duration. Units must come
 * in falling order, once each. `0` alone is allowed.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let rest = text;
  let last = -1;
  while (rest !== '') {
    const [whole, number, unit] = /^(\d+(?:\.\d+)?)(ms|[ywdhms])/.exec(rest) ?? [];
    if (whole === undefined || unit === undefined) return undefined;
    const order = unitOrder.indexOf(unit);
    if (order <= last) return undefined;
    last = order;
    total += Number(number) * (unitMillis[unit] ?? 0);
    rest = rest.slice(whole.length);
  }
  return last < 0 ? undefined : total;
}

/** `90000` → `1m30s`. */
export function formatDuration(millis: number): string {
  let text = '';
  let rest = Math.round(millis);
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = unitMillis[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

const sizeSteps = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes of `64MB`, `512KiB`, `1024`; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([KMGTP]?i?B)?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const step = sizeSteps.indexOf(unit.toUpperCase().replace('I', ''));
  return step < 0 ? undefined : Math.round(Number(number) * 1024 ** step);
}

/** `67108864` → `64 MB`. */
export function formatSize(bytes: number): string {
  let step = 0;
  let value = bytes;
  while (value >= 1024 && step < sizeSteps.length - 1) {
    value /= 1024;
    step++;
  }
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${sizeSteps[step]}`;
}
