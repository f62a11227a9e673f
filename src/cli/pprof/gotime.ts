/** Moments as Go prints them, in the time zone of the process. */

interface LocalParts {
  readonly date: string;
  readonly time: string;
  readonly offset: string;
  readonly zone: string;
}

function localParts(unixNanos: bigint): LocalParts {
  const second = 1_000_000_000n;
  const floor = unixNanos - (((unixNanos % second) + second) % second);
  const moment = new Date(Number(floor / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const year = String(moment.getFullYear()).padStart(4, '0');
  const minutes = -moment.getTimezoneOffset();
  const away = Math.abs(minutes);
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(away / 60))}${two(away % 60)}`;
  return {
    date: `${year}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`,
    time: `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`,
    offset,
    zone: zoneName(moment, offset),
  };
}

/** The zone's abbreviation where the system has a name for it, else the offset, as tzdata does. */
function zoneName(moment: Date, offset: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(moment);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
  return /^[A-Z]{3,5}$/.test(name) ? name : offset.replace(/00$/, '');
}

/** `2006-01-02 15:04:05 MST` */
export function formatTime(unixNanos: bigint): string {
  const { date, time, zone } = localParts(unixNanos);
  return `${date} ${time} ${zone}`;
}

/** `2006-01-02 15:04:05.999999999 -0700 MST` */
export function formatLongTime(unixNanos: bigint): string {
  const { date, time, offset, zone } = localParts(unixNanos);
  const second = 1_000_000_000n;
  const nanos = ((unixNanos % second) + second) % second;
  const fraction = nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${date} ${time}${fraction} ${offset} ${zone}`;
}
