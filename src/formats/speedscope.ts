/**
 * speedscope's own files: sampled and evented profiles, several in one file.
 *
 * Format: https://www.speedscope.app/file-format-schema.json (file-format-spec.ts of speedscope 1.25).
 * Profiles become one: their name is the label `profile`, each unit is a sample type. Times become
 * nanoseconds. Evented profiles become one sample for each time between two events. Cost: JSON.parse,
 * then one pass; an event costs the depth of its stack.
 */
import type { Label } from '../profile/labels.ts';
import type { ValueType } from '../profile/profile.ts';
import { type Imported, Importer, textOf } from './imported.ts';
import { JsonReader, optionalLine, optionalText, parseJson } from './json.ts';

const FORMAT = 'speedscope JSON';
const json = new JsonReader(FORMAT);

/** A unit of the format: what it counts, and how many of that one of it is. */
const UNITS: Readonly<Record<string, { readonly type: ValueType; readonly factor: number }>> = {
  none: { type: { type: 'samples', unit: 'count' }, factor: 1 },
  bytes: { type: { type: 'space', unit: 'bytes' }, factor: 1 },
  nanoseconds: { type: { type: 'time', unit: 'nanoseconds' }, factor: 1 },
  microseconds: { type: { type: 'time', unit: 'nanoseconds' }, factor: 1e3 },
  milliseconds: { type: { type: 'time', unit: 'nanoseconds' }, factor: 1e6 },
  seconds: { type: { type: 'time', unit: 'nanoseconds' }, factor: 1e9 },
};

interface ProfilePart {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly labels: readonly Label[];
  /** Column of its unit, and what turns its values into the column's unit. */
  readonly column: number;
  readonly factor: number;
}

/** Looks at the beginning and the end of a JSON text. */
export function looksLikeSpeedscope(head: string, tail: string): boolean {
  if (/speedscope\.app\/file-format-schema/.test(head + tail)) return true;
  return /"shared"\s*:\s*\{\s*"frames"/.test(head) && /"profiles"\s*:/.test(head + tail);
}

/** Throws `DecodeError`. */
export function decodeSpeedscope(bytes: Uint8Array): Imported {
  const text = textOf(bytes, FORMAT);
  const file = json.object(parseJson(text, FORMAT), '');
  const frames = json.array(json.object(file.shared, 'shared').frames, 'shared.frames');
  const profiles = json.array(file.profiles, 'profiles');
  if (profiles.length === 0) throw json.fail('profiles', 'is empty');
  const sampleTypes: ValueType[] = [];
  const parts = profiles.map((profile, i) => partOf(profile, `profiles[${i}]`, sampleTypes));
  const importer = new Importer(FORMAT, sampleTypes);
  const locations = frames.map((frame, i) => {
    const { name, file: path, line, col } = json.object(frame, `shared.frames[${i}]`);
    return importer.location({
      name: json.text(name, `shared.frames[${i}].name`),
      file: optionalText(path),
      line: optionalLine(line),
      column: optionalLine(col),
    });
  });
  for (const part of parts) {
    const add = adder(importer, part, sampleTypes.length);
    if (part.body.type === 'sampled') readSampled(part, locations, add);
    else readEvented(part, locations, add);
  }
  const named = sampleTypes[parts[0]?.column ?? 0]?.type ?? '';
  return importer.finish(text, { defaultSampleType: named });
}

function partOf(value: unknown, path: string, sampleTypes: ValueType[]): ProfilePart {
  const body = json.object(value, path);
  if (body.type !== 'sampled' && body.type !== 'evented') {
    throw json.fail(`${path}.type`, 'is neither sampled nor evented');
  }
  const unit = UNITS[json.text(body.unit, `${path}.unit`)];
  if (unit === undefined) throw json.fail(`${path}.unit`, 'is an unknown unit');
  let column = sampleTypes.findIndex(({ type }) => type === unit.type.type);
  if (column < 0) column = sampleTypes.push(unit.type) - 1;
  const name = optionalText(body.name);
  const labels = name === '' ? [] : [{ key: 'profile', text: name }];
  return { path, body, labels, column, factor: unit.factor };
}

/** Adds a sample (leaf first) of a value in the part's unit. */
type Add = (stack: readonly number[], value: number) => void;

function adder(importer: Importer, part: ProfilePart, columns: number): Add {
  return (stack, value) => {
    const exact = value * part.factor;
    const rounded = Math.round(exact);
    if (!Number.isSafeInteger(rounded)) throw json.fail(part.path, `has the value ${value}`);
    if (part.factor === 1 && rounded !== exact) importer.losses.add('values with fractions');
    const values = Array.from({ length: columns }, (_, i) => (i === part.column ? rounded : 0));
    importer.add(stack, values, part.labels);
  };
}

function readSampled(part: ProfilePart, locations: readonly number[], add: Add): void {
  const { path, body } = part;
  const samples = json.array(body.samples, `${path}.samples`);
  const weights = json.array(body.weights, `${path}.weights`);
  if (samples.length !== weights.length) {
    throw json.fail(path, `has ${samples.length} samples and ${weights.length} weights`);
  }
  samples.forEach((sample, i) => {
    const stack = json.array(sample, `${path}.samples[${i}]`);
    const frames = stack.map((frame) => {
      const index = json.index(frame, locations.length, `${path}.samples[${i}]`);
      return locations[index] ?? 0;
    });
    add(frames.reverse(), json.number(weights[i], `${path}.weights[${i}]`));
  });
}

function readEvented(part: ProfilePart, locations: readonly number[], add: Add): void {
  const { path, body } = part;
  const open: number[] = [];
  let last = json.number(body.startValue, `${path}.startValue`);
  const advance = (at: number, where: string) => {
    if (at < last) throw json.fail(where, `goes back from ${last} to ${at}`);
    // Nothing was running between two stacks: that time is of no frame.
    if (at > last && open.length > 0) {
      add(open.map((frame) => locations[frame] ?? 0).reverse(), at - last);
    }
    last = at;
  };
  json.array(body.events, `${path}.events`).forEach((value, i) => {
    const where = `${path}.events[${i}]`;
    const event = json.object(value, where);
    const frame = json.index(event.frame, locations.length, `${where}.frame`);
    advance(json.number(event.at, `${where}.at`), where);
    if (event.type === 'O') {
      open.push(frame);
    } else if (event.type === 'C') {
      if (open.at(-1) !== frame) throw json.fail(where, `closes frame ${frame}, which is not open`);
      open.pop();
    } else {
      throw json.fail(`${where}.type`, 'is neither O nor C');
    }
  });
  advance(json.number(body.endValue, `${path}.endValue`), `${path}.endValue`);
}
