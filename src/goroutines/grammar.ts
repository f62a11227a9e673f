/** The tokens of a traceback's lines, read from bytes. Nothing is allocated but the numbers' pairs. */

const SPACE = 0x20;
const COLON = 0x3a;
const OPEN = 0x28;
const CLOSE = 0x29;

/** True when `text` (ASCII) stands at `start`. */
export function matches(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** A decimal number and where it ends; value -1 = there is none. */
export function numberAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): { value: number; end: number } {
  let at = start;
  let value = 0;
  while (at < end && isDigit(bytes[at])) value = value * 10 + bytes[at++] - 0x30;
  return { value: at === start ? -1 : value, end: at };
}

/**
 * Where the arguments of `main.(*T).f(0x1, {0x2?, ...})` begin, or -1 when the line is no call.
 * Names hold no blanks, arguments no parentheses; `(...)` is an inlined call's.
 */
export function parenOf(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== CLOSE) return -1;
  let open = end - 2;
  while (open > start && bytes[open] !== OPEN) open--;
  if (open <= start) return -1;
  for (let at = start; at < open; at++) {
    const byte = bytes[at];
    if (byte === SPACE || byte === 0x09) return -1;
  }
  if (!isBalanced(bytes, start, open)) return -1;
  return open;
}

/** Parentheses and brackets of a name close in pairs: `main.(*T[...]).f`. */
export function isBalanced(bytes: Uint8Array, start: number, end: number): boolean {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === OPEN || byte === 0x5b) depth++;
    else if (byte === CLOSE || byte === 0x5d) depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** `...22 frames elided...` (Go ≥ 1.21) and `...additional frames elided...` (before). */
export function elidedFrames(bytes: Uint8Array, start: number, end: number): boolean {
  return matches(bytes, start, end, '...') && matches(bytes, end - 16, end, 'frames elided...');
}

/** `rax    0x16`, as the runtime prints registers behind a dump of a signal. */
export function isRegister(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  if (at === start || at - start > 8 || at === end) return false;
  while (at < end && bytes[at] === SPACE) at++;
  if (!matches(bytes, at, end, '0x') || end - at > 18) return false;
  for (let i = at + 2; i < end; i++) {
    const isLetter = bytes[i] >= 0x61 && bytes[i] <= 0x66;
    if (!isLetter && !isDigit(bytes[i])) return false;
  }
  return true;
}

/**
 * Where `file:line` ends before ` +0x1f fp=0x… sp=0x… pc=0x…`, or -1 when there is none. Frames of
 * C have nothing but `pc=…`: an empty place.
 */
export function endOfPlace(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  for (;;) {
    let space = last - 1;
    while (space >= start && bytes[space] !== SPACE) space--;
    if (!isSuffix(bytes, space + 1, last)) break;
    last = Math.max(space, start);
    if (last === start) return start;
  }
  let at = last;
  while (at > start && isDigit(bytes[at - 1])) at--;
  return at < last && at - 1 > start && bytes[at - 1] === COLON ? last : -1;
}

function isSuffix(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    matches(bytes, start, end, '+0x') ||
    matches(bytes, start, end, 'pc=0x') ||
    matches(bytes, start, end, 'sp=0x') ||
    matches(bytes, start, end, 'fp=0x') ||
    matches(bytes, start, end, 'm=')
  );
}
