/**
 * A YAML (or JSON) document → a checked value, and where in the text each part of it stands.
 *
 * Every mistake is a UserError `config-invalid` that begins with `file:line:column`. Knows nothing of
 * what the document means; schema.ts does.
 */
import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf, UserError } from '../../base/errors.ts';
import { closest } from './spelling.ts';

/** `file:line:column` of the key or value at a path, or of the deepest part of it that is there. */
export type PlaceOf = (path: readonly PropertyKey[]) => string;

export interface Checked<T> {
  readonly value: T;
  readonly placeOf: PlaceOf;
}

/** `name` is shown in errors, `empty` is what an empty document means. Throws `config-invalid`. */
export function checkDocument<S extends z.ZodType>(
  text: string,
  name: string,
  schema: S,
  known: { readonly keys: readonly string[]; readonly empty: unknown },
): Checked<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) {
    const reason = (broken.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
    throw invalid(`${place(broken.pos[0])}: ${reason}`, 'Correct the YAML there');
  }
  const placeOf: PlaceOf = (path) => place(offsetOf(document, path));
  const parsed = schema.safeParse(contentsOf(document, name) ?? known.empty);
  if (!parsed.success) throw schemaError(parsed.error.issues, placeOf, known.keys);
  return { value: parsed.data, placeOf };
}

export function invalid(message: string, next: string): UserError {
  return new UserError('config-invalid', message, next);
}

/** Runs `read`; what it says about a value is said with the place of the value. */
export function atPlace<T>(at: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw invalid(`${at}: ${error.message}`, error.next);
    throw error;
  }
}

function contentsOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(`${name}: ${messageOf(error)}`, 'Use fewer YAML aliases');
  }
}

interface SchemaIssue {
  readonly code?: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

function schemaError(
  issues: readonly SchemaIssue[],
  placeOf: PlaceOf,
  knownKeys: readonly string[],
): UserError {
  // A misspelt key is also a missing one: the spelling is what to mend.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined)
    return invalid('the configuration is invalid', 'See docs/configuration.md');
  const [key] = issue.keys ?? [];
  if (issue.code === 'unrecognized_keys' && key !== undefined) {
    const known = closest(key, knownKeys);
    const next = known === undefined ? 'Remove it' : `Did you mean “${known}”?`;
    return invalid(`${placeOf([...issue.path, key])}: unknown key “${key}”`, next);
  }
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  return invalid(`${placeOf(issue.path)}: ${where}${issue.message}`, 'Correct it there');
}

/** Offset of the key or value at `path`, or of the deepest part of it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const parent: unknown =
      depth === 0 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    const pair = depth > 0 ? pairOf(parent, key) : undefined;
    const node: unknown = pair ?? document.getIn(path.slice(0, depth), true);
    const start = rangeStart(node);
    if (start !== undefined) return start;
  }
  return 0;
}

function pairOf(parent: unknown, key: PropertyKey | undefined): unknown {
  if (typeof parent !== 'object' || parent === null || !('items' in parent)) return undefined;
  if (!Array.isArray(parent.items)) return undefined;
  for (const item of parent.items as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || !('key' in item)) continue;
    const name = item.key;
    if (typeof name === 'object' && name !== null && 'value' in name && name.value === key)
      return name;
  }
  return undefined;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const range: unknown = node.range;
  if (!Array.isArray(range)) return undefined;
  const start: unknown = range[0];
  return typeof start === 'number' ? start : undefined;
}
