/**
 * The time zone of the process, from the system's zone files: offset and abbreviation at any moment.
 *
 * Node's own dates know offsets but not the abbreviations that Go prints ("CET"). Files: RFC 9636
 * (TZif); after the last transition, the POSIX rule at their end. Zones are found as Go's package time
 * finds them: TZ, else /etc/localtime, else UTC.
 */
import { readFileSync } from 'node:fs';

export interface ZoneOffset {
  /** Seconds east of Greenwich. */
  readonly seconds: number;
  readonly name: string;
}

export type Zone = (unixSeconds: number) => ZoneOffset;

const UTC: ZoneOffset = { seconds: 0, name: 'UTC' };
const FOLDERS = ['/usr/share/zoneinfo/', '/usr/share/lib/zoneinfo/', '/usr/lib/locale/TZ/'];

/** The zone that TZ names ('' = UTC, undefined = the system's). */
export function localZone(tz: string | undefined): Zone {
  for (const path of candidates(tz)) {
    const bytes = readZone(path);
    const zone = bytes === undefined ? undefined : parseZone(bytes);
    if (zone !== undefined) return zone;
  }
  return () => UTC;
}

function candidates(tz: string | undefined): string[] {
  if (tz === undefined) return ['/etc/localtime'];
  const name = tz.startsWith(':') ? tz.slice(1) : tz;
  if (name === '' || name === 'UTC') return [];
  return name.startsWith('/') ? [name] : FOLDERS.map((folder) => folder + name);
}

function readZone(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Counts of a TZif header, in their order. */
interface Counts {
  readonly utc: number;
  readonly standard: number;
  readonly leaps: number;
  readonly times: number;
  readonly types: number;
  readonly chars: number;
}

const HEADER = 44;

function countsAt(view: DataView, at: number): Counts {
  const [utc = 0, standard = 0, leaps = 0, times = 0, types = 0, chars = 0] = [
    20, 24, 28, 32, 36, 40,
  ].map((offset) => view.getUint32(at + offset));
  return { utc, standard, leaps, times, types, chars };
}

function bodyLength(counts: Counts, wide: number): number {
  const { utc, standard, leaps, times, types, chars } = counts;
  return times * (wide + 1) + types * 6 + chars + leaps * (wide + 4) + standard + utc;
}

/** Undefined when the bytes are no zone file. */
export function parseZone(bytes: Uint8Array): Zone | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || view.getUint32(0) !== 0x545a6966) return undefined;
  // From version 2 on, a second block with 64-bit times follows the first.
  const wide = view.getUint8(4) >= 0x32 ? 8 : 4;
  const start = wide === 8 ? HEADER + bodyLength(countsAt(view, 0), 4) : 0;
  const counts = countsAt(view, start);
  const times = start + HEADER;
  const types = times + counts.times * (wide + 1);
  const chars = types + counts.types * 6;
  const footer = start + HEADER + bodyLength(counts, wide);
  const timeAt = (i: number) =>
    wide === 8 ? Number(view.getBigInt64(times + i * 8)) : view.getInt32(times + i * 4);
  const typeAt = (type: number): ZoneOffset => {
    const from = chars + view.getUint8(types + type * 6 + 5);
    const name = new TextDecoder().decode(bytes.subarray(from, bytes.indexOf(0, from)));
    return { seconds: view.getInt32(types + type * 6), name };
  };
  const rule = wide === 8 ? parseRule(bytes.subarray(footer)) : undefined;
  return (unixSeconds) => {
    let index = counts.times - 1;
    if (index >= 0 && unixSeconds >= timeAt(index) && rule !== undefined) return rule(unixSeconds);
    if (index < 0 && rule !== undefined) return rule(unixSeconds);
    while (index >= 0 && unixSeconds < timeAt(index)) index--;
    return typeAt(index < 0 ? 0 : view.getUint8(times + counts.times * wide + index));
  };
}

const NAME = '(<[^>]+>|[A-Za-z]{3,})';
const CLOCK = '([+-]?\\d+(?::\\d+(?::\\d+)?)?)';
const POSIX = new RegExp(`^${NAME}${CLOCK}(?:${NAME}${CLOCK}?,([^,]+),([^,]+))?$`);

/** A POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3`. */
function parseRule(footer: Uint8Array): Zone | undefined {
  const text = new TextDecoder().decode(footer).split('\n')[1] ?? '';
  const match = POSIX.exec(text);
  if (match === null) return undefined;
  const [, name = '', offset = '0', summerName, summerOffset, from = '', to = ''] = match;
  const plain = (quoted: string) => quoted.replace(/[<>]/g, '');
  const standard = { seconds: -clock(offset), name: plain(name) };
  if (summerName === undefined) return () => standard;
  const ahead = summerOffset === undefined ? standard.seconds + 3600 : -clock(summerOffset);
  const summer = { seconds: ahead, name: plain(summerName) };
  return (unixSeconds) => {
    const year = new Date((unixSeconds + standard.seconds) * 1000).getUTCFullYear();
    const begin = changeOf(from, year) - standard.seconds;
    const end = changeOf(to, year) - summer.seconds;
    const inSummer =
      begin < end
        ? unixSeconds >= begin && unixSeconds < end
        : unixSeconds >= begin || unixSeconds < end;
    return inSummer ? summer : standard;
  };
}

function clock(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** Local seconds since 1970 of a change in a year: `Mm.w.d`, `Jn` or `n`, each with `/time`. */
function changeOf(rule: string, year: number): number {
  const [day = '', time = '2'] = rule.split('/');
  const at = (month: number, date: number) => Date.UTC(year, month, date) / 1000 + clock(time);
  const month = /^M(\d+)\.(\d)\.(\d)$/.exec(day);
  if (month === null) {
    const number = Number(day.replace('J', ''));
    const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    // Jn never counts February 29.
    const skipped = day.startsWith('J') ? (isLeap && number > 59 ? 0 : -1) : 0;
    return at(0, 1 + number + skipped);
  }
  const [, index = 0, week = 0, weekday = 0] = month.map(Number);
  const first = new Date(Date.UTC(year, index - 1, 1)).getUTCDay();
  let date = 1 + ((weekday - first + 7) % 7) + (week - 1) * 7;
  const days = new Date(Date.UTC(year, index, 0)).getUTCDate();
  while (date > days) date -= 7;
  return at(index - 1, date);
}
