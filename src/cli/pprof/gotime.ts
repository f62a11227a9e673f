/** Moments as Go prints them, in the time zone of the process. */
import type { FormatTime } from '../../report/pprof/report.ts';
import { localZone, type Zone } from './zoneinfo.ts';

const SECOND = 1_000_000_000n;

export interface TimeFormats {
  /** `2006-01-02 15:04:05 MST` */
  readonly short: FormatTime;
  /** `2006-01-02 15:04:05.999999999 -0700 MST` */
  readonly long: FormatTime;
}

/** Formats for the zone that TZ names; the zone's file is read when it is first needed. */
export function timeFormats(tz: string | undefined): TimeFormats {
  let zone: Zone | undefined;
  const local = (unixNanos: bigint) => {
    zone ??= localZone(tz);
    const nanos = ((unixNanos % SECOND) + SECOND) % SECOND;
    const unixSeconds = Number((unixNanos - nanos) / SECOND);
    const offset = zone(unixSeconds);
    const text = new Date((unixSeconds + offset.seconds) * 1000).toISOString();
    return { text: text.slice(0, 19).replace('T', ' '), nanos, offset };
  };
  return {
    short(unixNanos) {
      const { text, offset } = local(unixNanos);
      return `${text} ${offset.name}`;
    },
    long(unixNanos) {
      const { text, nanos, offset } = local(unixNanos);
      const digits = String(nanos).padStart(9, '0').replace(/0+$/, '');
      const fraction = nanos === 0n ? '' : `.${digits}`;
      return `${text}${fraction} ${hoursAndMinutes(offset.seconds)} ${offset.name}`;
    },
  };
}

function hoursAndMinutes(seconds: number): string {
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`;
}
