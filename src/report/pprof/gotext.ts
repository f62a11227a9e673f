/**
 * The pieces of Go's standard library whose exact result shows in pprof's output: order of strings,
 * padding, paths, integers. Only what the printers need; no general port.
 */

/** Order of Go strings: by UTF-8 bytes, which is by code point and not by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above all others.
    if (x >= 0xd800 && y >= 0xd800) return unitRank(x) - unitRank(y);
    return x - y;
  }
  return a.length - b.length;
}

function unitRank(unit: number): number {
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Number of code points: what `%10s` and text/tabwriter count. */
export function runeCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) count--;
  }
  return count;
}

/** Go's `%Ns`: spaces on the left up to the width in code points. */
export function padLeft(text: string, width: number): string {
  const missing = width - runeCount(text);
  return missing > 0 ? ' '.repeat(missing) + text : text;
}

/** Go's `%-Ns`: spaces on the right. */
export function padRight(text: string, width: number): string {
  const missing = width - runeCount(text);
  return missing > 0 ? text + ' '.repeat(missing) : text;
}

/** strconv.ParseUint(text, 0, 64): 0x, 0o, 0b, a leading 0, underscores; undefined if it is none. */
export function parseUnsigned(text: string): bigint | undefined {
  const match = /^(0x(?:_?[0-9a-f])+|0o?(?:_?[0-7])+|0b(?:_?[01])+|0|[1-9](?:_?[0-9])*)$/i.exec(
    text,
  );
  if (match === null) return undefined;
  const digits = text.replaceAll('_', '').toLowerCase();
  const octal = /^0o?([0-7]+)$/.exec(digits);
  const value = BigInt(octal === null ? digits : `0o${octal[1]}`);
  return value < 1n << 64n ? value : undefined;
}

/** Go's `%d` of an int64 held in a float. */
export function formatInteger(value: number): string {
  const whole = Math.trunc(value);
  return Math.abs(whole) < 1e15 ? String(whole + 0) : BigInt(whole).toString();
}

/** Go's integer division of int64 values, truncating towards zero. */
export function divide(value: number, divisor: number): number {
  return divisor === 0 ? value : Math.trunc(value / divisor);
}

/** path/filepath.Clean on Unix. */
export function cleanPath(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!rooted) out.push('..');
  }
  const cleaned = out.join('/');
  if (rooted) return `/${cleaned}`;
  return cleaned === '' ? '.' : cleaned;
}

/** path/filepath.Base on Unix. */
export function basePath(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/**
 * Prefixes that pprof takes off source paths: those configured, else everything up to the base name
 * of a search path. pprof's trimPath (internal/report/source.go of Go 1.26).
 */
export function trimPath(path: string, trim: string, searchPath: string): string {
  if (trim === '') {
    for (const dir of splitList(searchPath)) {
      const want = `/${basePath(dir)}/`;
      const found = path.indexOf(want);
      if (found >= 0) return path.slice(found + want.length);
    }
  }
  for (const prefix of [...splitList(trim), '/proc/self/cwd/./', '/proc/self/cwd/']) {
    const whole = prefix.endsWith('/') ? prefix : `${prefix}/`;
    if (path.startsWith(whole)) return path.slice(whole.length);
  }
  return path;
}

/** path/filepath.SplitList on Unix. */
export function splitList(list: string): string[] {
  return list === '' ? [] : list.split(':');
}
