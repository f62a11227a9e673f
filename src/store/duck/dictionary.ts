/**
 * Texts by kind, interned to dense ids from 1 and mirrored in the catalog: whatever repeats with
 * every profile or snapshot and is small in number.
 */
import type { Batch } from './tables.ts';
import { DICTIONARY } from './tables.ts';

export type DictionaryKind =
  /** A service's name. */
  | 'service'
  /** A series key, see series.ts. */
  | 'series'
  /** What all captures of one kind from one process share, see header.ts. */
  | 'header'
  /** What addresses are relative to, see modules.ts. */
  | 'module'
  /** A set of sample labels, see labelsets.ts. */
  | 'labels'
  /** A sample label whose values are without bound. */
  | 'wide'
  /** A metric: its name and whether it is cumulative. */
  | 'metric'
  /** Bounds of a histogram's buckets. */
  | 'bounds'
  /** Sources and Go versions. */
  | 'word'
  /** Ids of a series and of a metric that was read there. */
  | 'measured';

/** Codes on disk: never change one. */
const CODES: Readonly<Record<DictionaryKind, number>> = {
  service: 1,
  series: 2,
  header: 3,
  module: 4,
  labels: 5,
  wide: 6,
  metric: 7,
  bounds: 8,
  word: 9,
  measured: 10,
};

interface Kind {
  readonly ids: Map<string, number>;
  /** `texts[0]` is the empty text that stands for none. */
  readonly texts: string[];
}

export class Dictionary {
  readonly #kinds = new Map<number, Kind>();
  readonly #fresh: { readonly code: number; readonly id: number; readonly text: string }[] = [];
  #taken = 0;

  /** The text's id, a new one when it was not seen before. */
  intern(kind: DictionaryKind, text: string): number {
    const { ids, texts } = this.#kind(CODES[kind]);
    const known = ids.get(text);
    if (known !== undefined) return known;
    const id = texts.length;
    ids.set(text, id);
    texts.push(text);
    this.#fresh.push({ code: CODES[kind], id, text });
    return id;
  }

  /** 0 when the text was never interned. */
  find(kind: DictionaryKind, text: string): number {
    return this.#kind(CODES[kind]).ids.get(text) ?? 0;
  }

  text(kind: DictionaryKind, id: number): string {
    return this.#kind(CODES[kind]).texts[id] ?? '';
  }

  /** All texts of a kind by id; entry 0 stands for none. */
  texts(kind: DictionaryKind): readonly string[] {
    return this.#kind(CODES[kind]).texts;
  }

  restore(code: number, id: number, text: string): void {
    const { ids, texts } = this.#kind(code);
    ids.set(text, id);
    texts[id] = text;
  }

  get mark(): number {
    return this.#taken;
  }

  /** Everything after `mark` is new again: its rows did not reach the disk. */
  rewind(mark: number): void {
    this.#taken = Math.min(this.#taken, mark);
  }

  /** The rows that are new since the last call. */
  take(): Batch[] {
    const rows = this.#fresh.slice(this.#taken);
    this.#taken = this.#fresh.length;
    if (rows.length === 0) return [];
    const columns = [
      Uint32Array.from(rows, ({ code }) => code),
      Uint32Array.from(rows, ({ id }) => id),
      rows.map(({ text }) => text),
    ];
    return [{ table: DICTIONARY, length: rows.length, columns }];
  }

  #kind(code: number): Kind {
    let kind = this.#kinds.get(code);
    if (kind === undefined) {
      kind = { ids: new Map(), texts: [''] };
      this.#kinds.set(code, kind);
    }
    return kind;
  }
}
