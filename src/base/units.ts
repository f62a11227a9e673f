/**
 * Units of measurement: scaling and printing as pprof does, and forms for people.
 *
 * `scale`, `formatScaled` and `formatPercentage` follow pprof's internal/measurement (Go 1.26) to the
 * byte, including Go's rounding of exact ties to even. `formatHuman` is for the page and for prose.
 */

interface Unit {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly factor: number;
}

interface UnitFamily {
  readonly units: readonly Unit[];
  /** Where a target unit of another family leads. */
  readonly fallback: Unit;
}

const unit = (name: string, factor: number, ...aliases: string[]): Unit => ({
  name,
  aliases,
  factor,
});

const BYTE = unit('B', 1, 'b', 'byte');
const SECOND = unit('s', 1e9, 's', 'sec', 'second');
const GCU = unit('GCU', 1, 'gcu');

const FAMILIES: readonly UnitFamily[] = [
  {
    units: [
      BYTE,
      unit('kB', 2 ** 10, 'kb', 'kbyte', 'kilobyte'),
      unit('MB', 2 ** 20, 'mb', 'mbyte', 'megabyte'),
      unit('GB', 2 ** 30, 'gb', 'gbyte', 'gigabyte'),
      unit('TB', 2 ** 40, 'tb', 'tbyte', 'terabyte'),
      unit('PB', 2 ** 50, 'pb', 'pbyte', 'petabyte'),
    ],
    fallback: BYTE,
  },
  {
    units: [
      unit('ns', 1, 'ns', 'nanosecond'),
      unit('us', 1e3, 'μs', 'us', 'microsecond'),
      unit('ms', 1e6, 'ms', 'millisecond'),
      SECOND,
      unit('hrs', 3.6e12, 'hour', 'hr'),
    ],
    fallback: SECOND,
  },
  {
    units: [
      unit('n*GCU', 1e-9, 'nanogcu'),
      unit('u*GCU', 1e-6, 'microgcu'),
      unit('m*GCU', 1e-3, 'milligcu'),
      GCU,
      unit('k*GCU', 1e3, 'kilogcu'),
      unit('M*GCU', 1e6, 'megagcu'),
      unit('G*GCU', 1e9, 'gigagcu'),
      unit('T*GCU', 1e12, 'teragcu'),
      unit('P*GCU', 1e15, 'petagcu'),
    ],
    fallback: GCU,
  },
];

function find(family: UnitFamily, name: string): Unit | undefined {
  let alias = name.toLowerCase();
  // Go counts bytes, so that it takes the s of "μs" for a plural.
  if (alias.length > 2 || alias === 'μs') alias = alias.replace(/s$/, '');
  return family.units.find((candidate) => candidate.aliases.includes(alias));
}

/** A value in another unit. `unit` is '' where pprof prints none. */
export interface Scaled {
  readonly value: number;
  readonly unit: string;
}

/**
 * Converts a value. `to` is a unit, or 'auto' / 'minimum' for the largest unit that leaves at least
 * 1. A unit of another family leads to the family's default unit; unknown units stay as they are.
 */
export function scale(value: number, from: string, to: string): Scaled {
  if (value < 0) {
    const positive = scale(-value, from, to);
    return { value: -positive.value, unit: positive.unit };
  }
  for (const family of FAMILIES) {
    const source = find(family, from);
    if (source === undefined) continue;
    const inBase = value * source.factor;
    const target =
      to === 'auto' || to === 'minimum' ? largestBelow(family, inBase) : find(family, to);
    const chosen = target ?? family.fallback;
    return { value: inBase / chosen.factor, unit: chosen.name };
  }
  const silent = ['count', 'sample', 'unit', 'minimum', 'auto'].includes(to);
  return { value, unit: silent ? '' : to };
}

function largestBelow(family: UnitFamily, inBase: number): Unit | undefined {
  let best: Unit | undefined;
  for (const candidate of family.units) {
    const larger = best === undefined || candidate.factor >= best.factor;
    if (larger && inBase / candidate.factor >= 1) best = candidate;
  }
  return best;
}

/** A value as pprof prints it, e.g. `1.50MB`, `120ms`, `4.33s`, `17`. */
export function formatValue(value: number, from: string): string {
  return formatScaled(value, from, 'auto');
}

/** A value as pprof prints it in a given unit ('auto', 'minimum', or a name). */
export function formatScaled(value: number, from: string, to: string): string {
  const scaled = scale(value, from, to);
  const digits = formatFixed(scaled.value, 2).replace(/\.00$/, '');
  return digits === '0' || digits === '-0' ? '0' : digits + scaled.unit;
}

/** A share of a total as pprof prints it, padded to six characters: ` 4.33%`, `  100%`, `0.012%`. */
export function formatPercentage(value: number, total: number): string {
  const ratio = total === 0 ? 0 : Math.abs(value / total) * 100;
  if (ratio >= 99.95 && ratio <= 100.05) return '  100%';
  const digits = ratio >= 1 ? formatFixed(ratio, 2) : formatSignificant(ratio, 2);
  return `${digits.padStart(5)}%`;
}

/** Go's `%.Nf`: like toFixed, but exact ties go to the even digit. */
export function formatFixed(value: number, digits: number): string {
  // Beyond this no fraction is left, and toFixed falls back to exponents.
  if (Math.abs(value) >= 1e21)
    return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
  return tieToEven(value.toFixed(digits), value.toFixed(Math.min(100, digits + 60)), 60);
}

/** Go's `%.Ng`: N significant digits, no trailing zeros, an exponent below 1e-4 and from 1eN. */
export function formatSignificant(value: number, digits: number): string {
  if (value === 0) return '0';
  const exponential = value.toExponential(digits - 1);
  const long = value.toExponential(digits + 59);
  const [mantissa = '', exponentText = '0'] = exponential.split('e');
  const [longMantissa = '', longExponent = '0'] = long.split('e');
  const rounded = exponentText === longExponent ? tieToEven(mantissa, longMantissa, 60) : mantissa;
  const exponent = Number(exponentText);
  const short = rounded.includes('.') ? rounded.replace(/\.?0+$/, '') : rounded;
  if (exponent < -4 || exponent >= digits) {
    const sign = exponent < 0 ? '-' : '+';
    return `${short}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return String(Number(`${rounded}e${exponent}`));
}

/** Chooses between rounding up and cutting off when the `extra` digits are exactly one half. */
function tieToEven(rounded: string, long: string, extra: number): string {
  const tail = long.slice(long.length - extra);
  if (tail[0] !== '5' || /[1-9]/.test(tail.slice(1))) return rounded;
  const cut = long.slice(0, long.length - extra).replace(/\.$/, '');
  return Number(cut.at(-1)) % 2 === 0 ? cut : rounded;
}

const HUMAN_BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const HUMAN_COUNTS = ['', 'k', 'M', 'G', 'T', 'P'];

/**
 * A value for people, with three significant digits: `12.4 MiB`, `350 ms`, `1.27 s`, `2.1 min`,
 * `12.3k`. Units that are no time and no bytes are counted, without their name.
 */
export function formatHuman(value: number, from: string): string {
  if (!Number.isFinite(value)) return String(value);
  if (value < 0) return `-${formatHuman(-value, from)}`;
  const [bytes, time] = FAMILIES;
  const byteUnit = bytes === undefined ? undefined : find(bytes, from);
  if (byteUnit !== undefined) return stepped(value * byteUnit.factor, 1024, HUMAN_BYTES, ' ');
  const timeUnit = time === undefined ? undefined : find(time, from);
  if (timeUnit !== undefined) return humanDuration(value * timeUnit.factor);
  return stepped(value, 1000, HUMAN_COUNTS, '');
}

function stepped(value: number, step: number, names: readonly string[], gap: string): string {
  let scaled = value;
  let index = 0;
  // 999.5 would round to four digits.
  while (scaled >= (step === 1000 ? 999.5 : step) && index < names.length - 1) {
    scaled /= step;
    index++;
  }
  const name = names[index] ?? '';
  return `${threeDigits(scaled)}${name === '' ? '' : gap + name}`;
}

function humanDuration(nanos: number): string {
  const steps: readonly [number, string][] = [
    [86_400e9, 'd'],
    [3_600e9, 'h'],
    [60e9, 'min'],
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ];
  for (const [factor, name] of steps) {
    if (nanos >= factor) return `${threeDigits(nanos / factor)} ${name}`;
  }
  return nanos === 0 ? '0 s' : `${threeDigits(nanos)} ns`;
}

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
