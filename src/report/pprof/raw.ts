/** A profile as plain text, everything in it (profile.String of Go 1.26's pprof). */
import { labelsOf } from '../../profile/labels.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';
import { compareStrings } from './gotext.ts';
import type { Detail } from './options.ts';
import type { WriteText } from './traces.ts';

export interface RawTimes {
  /** Prints a moment like Go's time.Time. */
  readonly time: (unixNanos: bigint) => string;
}

export function printRaw(
  profile: Profile,
  detail: Detail,
  times: RawTimes,
  write: WriteText,
): void {
  const lines = profile.comments.map((comment) => `Comment: ${comment}`);
  if (profile.docUrl !== '') lines.push(`Doc: ${profile.docUrl}`);
  lines.push(`PeriodType: ${profile.periodType?.type ?? ''} ${profile.periodType?.unit ?? ''}`);
  lines.push(`Period: ${profile.period}`);
  if (profile.timeNanos !== 0n) lines.push(`Time: ${times.time(profile.timeNanos)}`);
  if (profile.durationNanos !== 0n) {
    lines.push(`Duration: ${formatDuration(profile.durationNanos).slice(0, 4)}`);
  }
  const types = profile.sampleTypes.map(({ type, unit }) => {
    const isDefault = type === profile.defaultSampleType;
    return `${type}/${unit}${isDefault ? '[dflt]' : ''} `;
  });
  lines.push('Samples:', types.join('').trim(), '');
  write(lines.join('\n'));
  writeSamples(profile, write);
  write('Locations\n');
  for (let location = 0; location < profile.locations.length; location++) {
    write(`${locationText(profile, location, detail)}\n`);
  }
  write('Mappings\n');
  for (const mapping of profile.mappings) write(`${mappingText(mapping, detail)}\n`);
}

function writeSamples(profile: Profile, write: WriteText): void {
  const { samples, stacks, locations } = profile;
  const ids = Array.from(locations.id, (id) => `${id} `);
  const labels = new Map<number, string>();
  for (let row = 0; row < samples.length; row++) {
    let text = '';
    for (const column of samples.values) text += ` ${String(column[row] ?? 0).padStart(10)}`;
    text += ': ';
    const stack = samples.stack[row] ?? 0;
    const end = stacks.start[stack + 1] ?? 0;
    for (let i = stacks.start[stack] ?? 0; i < end; i++) {
      text += ids[stacks.locations[i] ?? 0] ?? '';
    }
    const set = samples.labelSet[row] ?? 0;
    let lines = labels.get(set);
    if (lines === undefined) {
      lines = labelLines(profile, set);
      labels.set(set, lines);
    }
    write(`${text}\n${lines}`);
  }
}

/** Text labels on one line, numbers on the next; values in brackets, as Go prints slices. */
function labelLines(profile: Profile, set: number): string {
  const texts = new Map<string, string[]>();
  const numbers = new Map<string, { values: bigint[]; units: string[] }>();
  for (const label of labelsOf(profile, set)) {
    if ('text' in label) {
      const list = texts.get(label.key);
      if (list === undefined) texts.set(label.key, [label.text]);
      else list.push(label.text);
    } else {
      const list = numbers.get(label.key);
      if (list === undefined) {
        numbers.set(label.key, { values: [label.number], units: [label.unit] });
      } else {
        list.values.push(label.number);
        list.units.push(label.unit);
      }
    }
  }
  const textLine = [...texts].map(([key, values]) => `${key}:[${values.join(' ')}]`);
  const numberLine = [...numbers].map(([key, { values, units }]) => {
    const withUnits = units.some((unit) => unit !== '');
    const parts = values.map((value, i) => (withUnits ? `${value} ${units[i]}` : String(value)));
    return `${key}:[${parts.join(' ')}]`;
  });
  return [textLine, numberLine]
    .filter((line) => line.length > 0)
    .map((line) => `                ${line.sort(compareStrings).join(' ')}\n`)
    .join('');
}

function locationText(profile: Profile, location: number, detail: Detail): string {
  const { locations, mappings } = profile;
  const mapping = mappings[locations.mapping[location] ?? -1];
  const address = detail.addresses ? (locations.address[location] ?? 0n) : 0n;
  const id = String(locations.id[location] ?? 0n).padStart(6);
  let prefix = `${id}: 0x${address.toString(16)} `;
  if (mapping !== undefined) prefix += `M=${mapping.id} `;
  if (locations.isFolded[location] === 1) prefix += '[F] ';
  const end = locations.lineStart[location + 1] ?? 0;
  let line = locations.lineStart[location] ?? 0;
  if (line === end) return prefix;
  if (!detail.inlines && end - line > 1) line = end - 1;
  const lines: string[] = [];
  for (; line < end; line++) {
    lines.push(prefix + lineText(profile, line, detail));
    prefix = '             ';
  }
  return lines.join('\n');
}

function lineText(profile: Profile, line: number, detail: Detail): string {
  const { locations, functions, strings } = profile;
  const fn = locations.lineFunction[line] ?? -1;
  if (fn < 0) return '??';
  const name = strings[functions.name[fn] ?? 0] ?? '';
  const systemName = strings[functions.systemName[fn] ?? 0] ?? '';
  const file = strings[functions.filename[fn] ?? 0] ?? '';
  const column = detail.columns ? (locations.lineColumn[line] ?? 0) : 0;
  const place = `${file}:${locations.lineNumber[line] ?? 0}:${column}`;
  const other = name === systemName ? '' : `(${systemName})`;
  return `${name} ${place} s=${functions.startLine[fn] ?? 0}${other}`;
}

function mappingText(mapping: Mapping, detail: Detail): string {
  const { id, start, limit, offset, file, buildId } = mapping;
  const bits =
    (mapping.hasFunctions ? '[FN]' : '') +
    (mapping.hasFilenames ? '[FL]' : '') +
    (mapping.hasLineNumbers ? '[LN]' : '') +
    (mapping.hasInlineFrames && detail.inlines ? '[IN]' : '');
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  return `${id}: ${hex(start)}/${hex(limit)}/${hex(offset)} ${file} ${buildId} ${bits}`;
}

/** time.Duration.String of Go. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const total = nanos < 0n ? -nanos : nanos;
  const fraction = (value: bigint, unit: bigint) => {
    const digits = String(value % unit)
      .padStart(String(unit).length - 1, '0')
      .replace(/0+$/, '');
    return digits === '' ? '' : `.${digits}`;
  };
  for (const [unit, name] of [
    [1n, 'ns'],
    [1000n, 'µs'],
    [1_000_000n, 'ms'],
  ] as const) {
    if (total < unit * 1000n)
      return `${sign}${total / unit}${unit === 1n ? '' : fraction(total, unit)}${name}`;
  }
  const second = 1_000_000_000n;
  const seconds = total / second;
  const minutes = seconds / 60n;
  const hours = minutes / 60n;
  const rest = `${seconds % 60n}${fraction(total, second)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes % 60n}m${rest}`;
  return minutes > 0n ? `${sign}${minutes}m${rest}` : `${sign}${rest}`;
}
