/**
 * Command lines by the rules of Go's flag package: one or two dashes, `-name=value` or `-name value`,
 * no value apart for switches; the first argument that is no flag ends them.
 */

export type FlagKind = 'bool' | 'int' | 'float' | 'string';
export type FlagValue = boolean | number | string;

/** How a command line ended. */
export type ParsedFlags =
  | { readonly values: ReadonlyMap<string, FlagValue>; readonly args: readonly string[] }
  | { readonly help: true }
  | { readonly error: string };

export function parseFlags(
  argv: readonly string[],
  kinds: ReadonlyMap<string, FlagKind>,
): ParsedFlags {
  const values = new Map<string, FlagValue>();
  let at = 0;
  for (; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    if (arg.length < 2 || !arg.startsWith('-')) break;
    if (arg === '--') {
      at++;
      break;
    }
    const body = arg.startsWith('--') ? arg.slice(2) : arg.slice(1);
    if (body === '' || body.startsWith('-') || body.startsWith('=')) {
      return { error: `bad flag syntax: ${arg}` };
    }
    const equals = body.indexOf('=');
    const name = equals < 0 ? body : body.slice(0, equals);
    let text = equals < 0 ? undefined : body.slice(equals + 1);
    const kind = kinds.get(name);
    if (kind === undefined) {
      if (name === 'help' || name === 'h') return { help: true };
      return { error: `flag provided but not defined: -${name}` };
    }
    if (text === undefined) {
      if (kind === 'bool') text = 'true';
      else if (at + 1 < argv.length) text = argv[++at] ?? '';
      else return { error: `flag needs an argument: -${name}` };
    }
    const value = parseValue(kind, text);
    if (value === undefined) {
      const what = kind === 'bool' ? 'boolean value' : 'value';
      const where = kind === 'bool' ? `for -${name}` : `for flag -${name}`;
      return { error: `invalid ${what} ${JSON.stringify(text)} ${where}: parse error` };
    }
    values.set(name, value);
  }
  return { values, args: argv.slice(at) };
}

function parseValue(kind: FlagKind, text: string): FlagValue | undefined {
  switch (kind) {
    case 'bool':
      return parseBool(text);
    case 'int':
      return parseInteger(text);
    case 'float':
      return parseFloat64(text);
    default:
      return text;
  }
}

/** strconv.ParseBool. */
export function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}

/** strconv.ParseInt with base 0: decimal, or 0x, 0o, 0b, 0 as a prefix, and underscores. */
export function parseInteger(text: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]*|0[bB][01_]+|[1-9][0-9_]*)$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return Number.isNaN(value) ? undefined : (match[1] === '-' ? -value : value) + 0;
}

/** strconv.ParseFloat. */
export function parseFloat64(text: string): number | undefined {
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text)
    ? Number(text)
    : undefined;
}
