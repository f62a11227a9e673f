/**
 * One sample line of Prometheus text: `name{label="value",…} value [timestamp]`.
 *
 * Not the comments, and no meaning. An OpenMetrics exemplar after the value is ignored.
 */

export interface PrometheusSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const noLabels: ReadonlyMap<string, string> = new Map();
const namePattern = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelPattern = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,?)/y;
const valuePattern =
  /(?:(?<=\})|[ \t])[ \t]*([^ \t\r]+)(?:[ \t]+(-?\d+(?:\.\d+)?))?[ \t\r]*(?:#.*)?$/y;

/** The sample, or the reason why the line is none. */
export function scanPrometheusLine(line: string): PrometheusSample | string {
  namePattern.lastIndex = 0;
  const name = namePattern.exec(line)?.[0];
  if (name === undefined) return 'it does not begin with a metric name';
  let at = name.length;
  while (line.charCodeAt(at) === 0x20 && line.charCodeAt(at + 1) === 0x7b) at++;
  let labels = noLabels;
  if (line.charCodeAt(at) === 0x7b) {
    const scanned = scanLabels(line, at + 1);
    if (typeof scanned === 'string') return scanned;
    labels = scanned.labels;
    at = scanned.end;
  }
  valuePattern.lastIndex = at;
  const text = valuePattern.exec(line)?.[1];
  if (text === undefined) return 'there is no value';
  const value = goFloat(text);
  return value === undefined ? `the value is ${JSON.stringify(text)}` : { name, labels, value };
}

function scanLabels(
  line: string,
  start: number,
): { readonly labels: ReadonlyMap<string, string>; readonly end: number } | string {
  const labels = new Map<string, string>();
  let at = start;
  for (;;) {
    labelPattern.lastIndex = at;
    const match = labelPattern.exec(line);
    const [whole, key, raw, comma] = match ?? [];
    if (whole === undefined || key === undefined || raw === undefined) break;
    if (labels.has(key)) return `the label ${key} is there twice`;
    labels.set(key, unescapeLabel(raw));
    at += whole.length;
    if (comma === '') break;
  }
  while (line[at] === ' ' || line[at] === '\t') at++;
  if (line[at] !== '}') return `the labels do not end at column ${at + 1}`;
  return { labels, end: at + 1 };
}

function unescapeLabel(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

/** As Go's strconv.ParseFloat reads it, without hexadecimal and underscores. */
function goFloat(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^\+?inf(inity)?$/i.test(text)) return Infinity;
  if (/^-inf(inity)?$/i.test(text)) return -Infinity;
  return /^nan$/i.test(text) ? NaN : undefined;
}
