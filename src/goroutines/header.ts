/**
 * What stands in the brackets of `goroutine 7 [chan receive (leaked), 3 minutes, locked to thread]:`.
 *
 * Source: goroutineheader in Go's runtime/traceback.go, 1.5 to 1.27. Labels stand inside the
 * brackets in Go 1.26 (GODEBUG=tracebacklabels=1) and behind them from 1.27 on. Parsed once for each
 * distinct text, not once for each goroutine.
 */

export type Labels = readonly (readonly [key: string, value: string])[];

export interface GoroutineHeader {
  /** The wait reason or status: `chan receive`, `running`; '' where the source does not say. */
  readonly state: string;
  readonly leaked: boolean;
  /** Blocked so that only its synctest bubble can wake it. */
  readonly durable: boolean;
  /** Its stack was being scanned by the collector. */
  readonly scan: boolean;
  /** Whole minutes; 0 = less than one, or unknown. */
  readonly waitMinutes: number;
  readonly lockedToThread: boolean;
  /** Number of its synctest bubble; 0 = none. */
  readonly bubble: number;
  readonly labels: Labels;
}

export const UNKNOWN_HEADER: GoroutineHeader = {
  state: '',
  leaked: false,
  durable: false,
  scan: false,
  waitMinutes: 0,
  lockedToThread: false,
  bubble: 0,
  labels: [],
};

/** `text` is from the opening bracket to the colon; undefined when it is no goroutine's header. */
export function parseHeader(text: string): GoroutineHeader | undefined {
  if (!text.startsWith('[') || !text.endsWith(':')) return undefined;
  const inside = text.indexOf(' labels:{');
  const close = text.indexOf(']');
  if (inside > 0 && (close < 0 || inside < close)) {
    if (!text.endsWith('}]:')) return undefined;
    const labels = parseLabels(text.slice(inside + ' labels:'.length, -2));
    return labels && parseAttributes(text.slice(1, inside), labels);
  }
  if (close < 0) return undefined;
  const rest = text.slice(close + 1, -1).trim();
  const labels = rest === '' ? [] : parseLabels(rest);
  return labels && parseAttributes(text.slice(1, close), labels);
}

function parseAttributes(text: string, labels: Labels): GoroutineHeader {
  const [first = '', ...others] = text.split(', ');
  let state = first;
  const marks = { leaked: false, scan: false, durable: false };
  for (;;) {
    const mark = / \((leaked|scan|durable)\)$/.exec(state);
    if (mark === null) break;
    if (mark[1] === 'leaked') marks.leaked = true;
    else if (mark[1] === 'scan') marks.scan = true;
    else marks.durable = true;
    state = state.slice(0, mark.index);
  }
  let waitMinutes = 0;
  let bubble = 0;
  let lockedToThread = false;
  for (const other of others) {
    const minutes = /^(\d+) minutes?$/.exec(other);
    const inBubble = /^synctest (?:bubble|group) (\d+)$/.exec(other);
    if (minutes !== null) waitMinutes = Number(minutes[1]);
    else if (inBubble !== null) bubble = Number(inBubble[1]);
    else if (other === 'locked to thread') lockedToThread = true;
    // An attribute of a later Go: kept in sight.
    else state += `, ${other}`;
  }
  return { state, ...marks, waitMinutes, lockedToThread, bubble, labels };
}

/** `{k: v, "k 2": "needs \"quoting\""}`; undefined when it is cut or otherwise not that. */
export function parseLabels(text: string): Labels | undefined {
  const labels: [string, string][] = [];
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const token = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s":,{}][^":,{}]*))\s*([:,}])/gy;
  token.lastIndex = 1;
  if (text === '{}') return labels;
  let key: string | undefined;
  for (;;) {
    const match = token.exec(text);
    if (match === null) return undefined;
    const [, quoted, bare = '', delimiter] = match;
    const word = quoted === undefined ? bare.trimEnd() : unquote(quoted);
    if (key === undefined) {
      if (delimiter !== ':') return undefined;
      key = word;
      continue;
    }
    if (delimiter === ':') return undefined;
    labels.push([key, word]);
    key = undefined;
    if (delimiter === '}') return token.lastIndex === text.length ? labels : undefined;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Go's escapes: \n, \x1b, \u00e9, \U0001f600; \xNN above 7f is a byte that is no UTF-8. */
function unquote(text: string): string {
  if (!text.includes('\\')) return text;
  const pattern = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs;
  return text.replaceAll(pattern, (_, byte, short, long, letter: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? letter;
    const code = Number.parseInt(byte ?? short ?? long, 16);
    if (byte !== undefined && code > 0x7f) return String.fromCharCode(0xdc00 + code);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}
