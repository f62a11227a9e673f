/**
 * Profiles written as text, for tests that read like a picture of the stacks.
 *
 *     main.main;main.serve@serve.go:12;main.parse^ 3 300 {endpoint=/cart, bytes:1024 bytes}
 *
 * One sample a line: frames from the root (left) to the leaf, then a value for each sample type,
 * then labels. `@file:line` places a frame, a trailing `^` says that it was inlined into the frame
 * before it, `key=text` is a label, `key:number unit` a numeric one. `-` alone is an empty stack.
 * A line that begins with # is a comment.
 */
import { UserError } from '../base/errors.ts';
import { ProfileBuilder, type ProfileHeader } from './builder.ts';
import type { CallTree } from './calltree.ts';
import { functionName } from './frames.ts';
import { type Label, labelsOf } from './labels.ts';
import type { Profile, ValueType } from './profile.ts';
import type { LineRow, SymbolBuilder } from './symbols.ts';

export interface TextProfileOptions extends Partial<ProfileHeader> {
  /** As many as each line has values; one of `samples`/`count` unless given. */
  readonly sampleTypes?: readonly ValueType[];
}

/** Reads a profile from text. Throws `UserError` with the line that is wrong. */
export function profileFromText(text: string, options: TextProfileOptions = {}): Profile {
  const { sampleTypes = [{ type: 'samples', unit: 'count' }], ...header } = options;
  const builder = new ProfileBuilder(sampleTypes);
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(.*?)((?:\s+-?\d+)+)\s*(?:\{(.*)\})?$/.exec(line);
    const [, stack = '', values = '', labels = ''] = match ?? [];
    const numbers = values.split(/\s+/).filter((value) => value !== '');
    if (match === null || numbers.length !== sampleTypes.length) {
      throw new UserError(
        'invalid-text-profile',
        `Cannot parse the sample ${JSON.stringify(line)}`,
        `Write frames separated by ; then ${sampleTypes.length} integer(s)`,
      );
    }
    builder.add(locations(builder.symbols, stack), numbers.map(BigInt), parseLabels(labels));
  }
  return builder.finish(header);
}

/** Locations of a stack, leaf first; inlined frames share one with their caller. */
function locations(symbols: SymbolBuilder, stack: string): number[] {
  if (stack === '-') return [];
  const runs: LineRow[][] = [];
  for (const frame of stack.split(';')) {
    const inlined = frame.endsWith('^');
    const plain = inlined ? frame.slice(0, -1) : frame;
    const at = plain.indexOf('@');
    const name = at < 0 ? plain : plain.slice(0, at);
    const place = at < 0 ? '' : plain.slice(at + 1);
    const colon = place.lastIndexOf(':');
    const filename = colon < 0 ? place : place.slice(0, colon);
    const fn = symbols.function({ name, systemName: name, filename, startLine: 0 });
    const row = { function: fn, line: colon < 0 ? 0 : Number(place.slice(colon + 1)), column: 0 };
    const caller = runs.at(-1);
    // Lines of a location are innermost first.
    if (inlined && caller !== undefined) caller.unshift(row);
    else runs.push([row]);
  }
  return runs
    .map((lines) => symbols.location({ mapping: -1, address: 0n, isFolded: false, lines }))
    .reverse();
}

function parseLabels(text: string): Label[] {
  const labels: Label[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    const number = /^([^=:]+):(-?\d+)\s*(.*)$/.exec(part);
    if (number !== null) {
      const [, key = '', value = '0', unit = ''] = number;
      labels.push({ key, number: BigInt(value), unit });
    } else if (part !== '') {
      const equals = part.indexOf('=');
      labels.push({ key: part.slice(0, equals), text: part.slice(equals + 1) });
    }
  }
  return labels;
}

/** The same notation back, one line a sample in file order; places only where a line is known. */
export function textFromProfile(profile: Profile): string {
  const { samples } = profile;
  const lines: string[] = [];
  for (let row = 0; row < samples.length; row++) {
    const values = samples.values.map((column) => String(column[row] ?? 0)).join(' ');
    const labels = labelsOf(profile, samples.labelSet[row] ?? 0).map((label) =>
      'text' in label
        ? `${label.key}=${label.text}`
        : `${label.key}:${label.number} ${label.unit}`.trimEnd(),
    );
    const suffix = labels.length === 0 ? '' : ` {${labels.join(', ')}}`;
    lines.push(`${stackText(profile, samples.stack[row] ?? 0)} ${values}${suffix}`);
  }
  return lines.join('\n');
}

function stackText(profile: Profile, stack: number): string {
  const { stacks, locations, functions, strings, mappings } = profile;
  const frames: string[] = [];
  const from = stacks.start[stack] ?? 0;
  for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= from; i--) {
    const location = stacks.locations[i] ?? 0;
    const first = locations.lineStart[location] ?? 0;
    const last = (locations.lineStart[location + 1] ?? 0) - 1;
    if (last < first) {
      const file = mappings[locations.mapping[location] ?? -1]?.file ?? '';
      frames.push(`${file}+0x${(locations.address[location] ?? 0n).toString(16)}`);
    }
    for (let line = last; line >= first; line--) {
      const fn = locations.lineFunction[line] ?? -1;
      const name = fn < 0 ? '<unknown>' : functionName(profile, fn);
      const number = locations.lineNumber[line] ?? 0;
      const file = strings[functions.filename[fn] ?? 0] ?? '';
      frames.push(name + (number === 0 ? '' : `@${file}:${number}`) + (line < last ? '^' : ''));
    }
  }
  return frames.length === 0 ? '-' : frames.join(';');
}

/** A call tree, one node a line, indented by depth: name, total, and self where there is any. */
export function textFromTree(tree: CallTree): string {
  const lines: string[] = [];
  for (let node = 0; node < tree.length; node++) {
    const name = tree.frames.name[tree.frame[node] ?? -1] ?? 'root';
    const line = tree.frames.line[tree.frame[node] ?? -1] ?? 0;
    const mark = (line === 0 ? '' : `:${line}`) + (tree.inlined[node] === 1 ? '^' : '');
    const self = tree.self[node] ?? 0;
    const indent = '  '.repeat(tree.depth[node] ?? 0);
    lines.push(`${indent}${name}${mark} ${tree.total[node]}${self === 0 ? '' : ` self ${self}`}`);
  }
  return lines.join('\n');
}
