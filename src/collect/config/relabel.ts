/**
 * Relabelling: rewrites, keeps and drops targets by their labels, as Prometheus does.
 *
 * Pure. Semantics: github.com/prometheus/prometheus, model/relabel/relabel.go. Regular expressions
 * are RE2 and match the whole value.
 */
import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';

export type RelabelAction =
  | 'replace'
  | 'keep'
  | 'drop'
  | 'keepequal'
  | 'dropequal'
  | 'hashmod'
  | 'labelmap'
  | 'labeldrop'
  | 'labelkeep'
  | 'lowercase'
  | 'uppercase';

export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly regex: RE2JS;
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
}

export type TargetLabels = Readonly<Record<string, string>>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** An expression that matches a whole value, `.` a line break too. Throws RE2JS's syntax error. */
export function anchored(pattern: string): RE2JS {
  return RE2JS.compile(`^(?s:${pattern})$`);
}

/** The labels after all rules, in their order; undefined when a rule drops the target. */
export function relabel(
  labels: TargetLabels,
  rules: readonly RelabelRule[],
): TargetLabels | undefined {
  const result = new Map(Object.entries(labels));
  for (const rule of rules) if (!applyRule(result, rule)) return undefined;
  return Object.fromEntries(result);
}

/** False = the target is dropped. */
function applyRule(labels: Map<string, string>, rule: RelabelRule): boolean {
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (rule.action) {
    case 'keep':
      return rule.regex.matches(value);
    case 'drop':
      return !rule.regex.matches(value);
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === value;
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') !== value;
    case 'replace':
      replace(labels, rule, value);
      return true;
    case 'lowercase':
      set(labels, rule.targetLabel, value.toLowerCase());
      return true;
    case 'uppercase':
      set(labels, rule.targetLabel, value.toUpperCase());
      return true;
    case 'hashmod':
      set(labels, rule.targetLabel, String(hash(value) % rule.modulus));
      return true;
    case 'labelmap':
      for (const [name, text] of [...labels]) {
        const mapped = expand(rule.regex, name, rule.replacement);
        if (mapped !== undefined) set(labels, mapped, text);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (rule.regex.matches(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!rule.regex.matches(name)) labels.delete(name);
      return true;
  }
}

function replace(labels: Map<string, string>, rule: RelabelRule, value: string): void {
  const target = expand(rule.regex, value, rule.targetLabel);
  if (target === undefined || !LABEL_NAME.test(target)) return;
  set(labels, target, expand(rule.regex, value, rule.replacement) ?? '');
}

/** An empty label is no label. */
function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last eight bytes of MD5, big-endian. */
function hash(value: string): bigint {
  return createHash('md5').update(value).digest().readBigUInt64BE(8);
}

/**
 * `$1`, `$name`, `${1}`, `${name}` and `$$` in a template, as Go's regexp.Expand; a group that is
 * not there is empty. Undefined when the expression does not match.
 */
function expand(regex: RE2JS, value: string, template: string): string | undefined {
  const matcher = regex.matcher(value);
  if (!matcher.matches()) return undefined;
  const names = regex.namedGroups();
  return template.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (whole, dollar, bare, braced) => {
    if (dollar === '$') return '$';
    const name: unknown = bare ?? braced;
    if (typeof name !== 'string') return whole;
    const index = /^\d+$/.test(name) ? Number(name) : (names[name] ?? -1);
    return index < 0 || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
  });
}
