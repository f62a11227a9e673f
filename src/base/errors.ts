/**
 * The two errors that whygo throws on purpose. Everything else is a bug and crashes loudly.
 *
 * A decoder throws `DecodeError` (where in the bytes, and why); whatever talks to a person throws
 * `UserError` (what happened, and what to do next). Codes are documented in docs/errors.md.
 */

/** Bytes that are not what their format says. `offset` is in bytes of the decompressed input. */
export class DecodeError extends Error {
  readonly format: string;
  readonly offset: number;
  readonly reason: string;

  constructor(format: string, offset: number, reason: string) {
    super(`Cannot decode ${format} at byte ${offset}: ${reason}`);
    this.name = 'DecodeError';
    this.format = format;
    this.offset = offset;
    this.reason = reason;
  }
}

/** Something a person did, gave or asked for cannot work. One line: what, and what to do next. */
export class UserError extends Error {
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next: string) {
    super(message);
    this.name = 'UserError';
    this.code = code;
    this.next = next;
  }
}

/** The message of anything that was thrown, for a log line or a target's state. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
