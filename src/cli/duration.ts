/** Durations in flags: as everywhere (`1m30s`, `500ms`), and a bare number is seconds. */
import { UserError } from '../base/errors.ts';
import { parseDuration } from '../collect/duration.ts';

/** Milliseconds, more than 0. Throws `UserError`. */
export function durationFlag(flag: string, text: string): number {
  const millis = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (millis !== undefined && millis > 0) return millis;
  throw new UserError('bad-duration', `Cannot read ${flag} “${text}”`, 'write it as 30s or 1m30s');
}
