/**
 * What the decoders of other tools' files share: interned frames, text with byte offsets, bounds, and an
 * account of what a file had that a profile has not.
 *
 * A line that is not understood is counted and the rest is read on; a file of which nothing is
 * understood is a `DecodeError`. Not for pprof's own formats, which are exact or refused.
 */
import { DecodeError } from '../base/errors.ts';
import { ProfileBuilder, type ProfileHeader } from '../profile/builder.ts';
import type { Label } from '../profile/labels.ts';
import type { Profile, ValueType } from '../profile/profile.ts';

export interface Imported {
  readonly profile: Profile;
  /** What is not in the profile, a sentence each. The profile's comments hold the same. */
  readonly notes: readonly string[];
}

/** Texts become strings, which V8 bounds at half a gigabyte. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
/** Frames of all samples together: what a file of a few megabytes can blow itself up to. */
const MAX_FRAMES = 50_000_000;

/** The text of a file. Throws `DecodeError` when it is too large. */
export function textOf(bytes: Uint8Array, format: string): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new DecodeError(format, MAX_TEXT_BYTES, 'texts above 256 MB are not read');
  }
  return new TextDecoder().decode(bytes);
}

/** Bytes before a position in a text. */
export function byteOffset(text: string, position: number): number {
  return new TextEncoder().encode(text.slice(0, position)).length;
}

export interface TextLine {
  /** Without its line end. */
  readonly text: string;
  /** Where it begins, in the text. */
  readonly at: number;
}

/** The lines of a text, one at a time. */
export function* linesOf(text: string): Generator<TextLine> {
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const withoutReturn = text.charCodeAt(stop - 1) === 13 && stop > at ? stop - 1 : stop;
    yield { text: text.slice(at, withoutReturn), at };
    at = stop + 1;
  }
}

export interface NamedFrame {
  readonly name: string;
  readonly file: string;
  /** 0 = unknown. */
  readonly line: number;
  readonly column?: number;
}

/** Counts of what was left out, by reason, with where it first happened. */
export class Losses {
  private readonly counts = new Map<string, { count: number; readonly at: number }>();

  /** `reason` reads after a count: "lines that are no part of a stack". */
  add(reason: string, at = -1, count = 1): void {
    const known = this.counts.get(reason);
    if (known === undefined) this.counts.set(reason, { count, at });
    else known.count += count;
  }

  notes(text: string): string[] {
    return [...this.counts].map(([reason, { count, at }]) => {
      const where = at < 0 ? '' : ` (first at byte ${byteOffset(text, at)})`;
      return `left out: ${count} ${reason}${where}`;
    });
  }
}

/** A profile while a file is read. */
export class Importer {
  readonly losses = new Losses();
  readonly builder: ProfileBuilder;
  private readonly format: string;
  private readonly locations = new Map<string, number>();
  private frames = 0;
  private samples = 0;

  constructor(format: string, sampleTypes: readonly ValueType[]) {
    this.format = format;
    this.builder = new ProfileBuilder(sampleTypes);
  }

  get sampleCount(): number {
    return this.samples;
  }

  /** The location of a frame without an address. */
  location(frame: NamedFrame): number {
    const { name, file, line, column = 0 } = frame;
    const key = `${name}\0${file}\0${line}\0${column}`;
    let location = this.locations.get(key);
    if (location === undefined) {
      const { symbols } = this.builder;
      const fn = symbols.function({ name, systemName: name, filename: file, startLine: 0 });
      const lines = [{ function: fn, line, column }];
      location = symbols.location({ mapping: -1, address: 0n, isFolded: false, lines });
      this.locations.set(key, location);
    }
    return location;
  }

  /** Adds a sample, leaf first. Throws `DecodeError` when all stacks together are beyond bounds. */
  add(
    stack: readonly number[],
    values: readonly (number | bigint)[],
    labels: readonly Label[] = [],
  ): void {
    this.frames += stack.length;
    if (this.frames > MAX_FRAMES) {
      throw new DecodeError(this.format, 0, `its stacks have more than ${MAX_FRAMES} frames`);
    }
    this.samples++;
    this.builder.add(stack, values, labels);
  }

  /** The profile; what was lost is in its comments too. */
  finish(text: string, header: Partial<ProfileHeader> = {}, remarks: readonly string[] = []) {
    const notes = [...remarks, ...this.losses.notes(text)];
    const comments = [`Read from ${this.format}`, ...notes];
    return { profile: this.builder.finish({ ...header, comments }), notes };
  }
}
