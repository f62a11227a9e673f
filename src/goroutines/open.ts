/**
 * The goroutine that is being read: its header, frames, creator and ancestors, until it ends and
 * becomes a row. It does not know the lines' grammar.
 */
import { FrameRun, type Spot, type TableRows } from './rows.ts';
import type { Ancestor } from './table.ts';

/** What a function's name waits for: the line below it, with file and line number. */
export type Pending = 'none' | 'frame' | 'bare' | 'created';

const NOWHERE: Spot = { offset: 0, line: 0, prefix: undefined };

export class OpenGoroutine {
  readonly #rows: TableRows;
  readonly #frames = new FrameRun();
  isOpen = false;
  /** Id of the ancestor whose frames are being read; -1 = they are the goroutine's own. */
  ancestor = -1;
  pending: Pending = 'none';
  createdAt = -1;
  #spot = NOWHERE;
  #id = -1;
  #header = 0;
  #createdBy = -1;
  #creator = -1;
  #ownStack = -1;
  #ancestors: Ancestor[] = [];
  #pendingFunction = -1;
  #pendingCreator = -1;
  #pendingSpot = NOWHERE;
  #pendingText: Uint8Array = new Uint8Array(0);

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  /** Index of the next frame; 0 = the leaf. */
  get depth(): number {
    return this.#frames.length >> 1;
  }

  /** Whether addresses in the next frame's arguments are to be kept. */
  get keepsArguments(): boolean {
    return this.ancestor < 0 && this.#rows.arguments !== undefined;
  }

  begin(id: number, header: number, spot: Spot): void {
    this.end();
    this.isOpen = true;
    this.#id = id;
    this.#header = header;
    this.#spot = spot;
  }

  addFrame(functionIndex: number, place: number): void {
    this.#frames.add(functionIndex, place);
  }

  setCreator(functionIndex: number, place: number, id: number): void {
    if (this.ancestor >= 0) return;
    this.#createdBy = functionIndex;
    this.createdAt = place;
    this.#creator = id;
  }

  /** A function's name, whose place is to follow; `text` is kept for complaints. */
  expect(kind: Pending, functionIndex: number, spot: Spot, text: Uint8Array, creator = -1): void {
    this.dropPending();
    this.pending = kind;
    this.#pendingFunction = functionIndex;
    this.#pendingSpot = spot;
    this.#pendingText = text;
    this.#pendingCreator = creator;
  }

  /** The place that was waited for. */
  place(place: number): void {
    const kind = this.pending;
    this.pending = 'none';
    if (kind === 'created') this.setCreator(this.#pendingFunction, place, this.#pendingCreator);
    else this.addFrame(this.#pendingFunction, place);
  }

  dropPending(): void {
    if (this.pending === 'none') return;
    const reason =
      this.pending === 'bare' ? 'no part of a goroutine' : 'a function without file and line';
    if (this.pending === 'frame') this.#rows.arguments?.drop(this.depth);
    this.pending = 'none';
    const text = this.#pendingText;
    this.#rows.complain(reason, this.#pendingSpot, text, 0, text.length);
  }

  startAncestor(id: number): void {
    this.dropPending();
    this.#endStack();
    this.ancestor = id;
  }

  end(): void {
    if (!this.isOpen) return;
    this.dropPending();
    this.#endStack();
    this.#rows.addRow({
      kind: 'goroutines',
      spot: this.#spot,
      count: 1,
      id: this.#id,
      header: this.#header,
      stack: this.#ownStack,
      createdBy: this.#createdBy,
      createdAt: this.createdAt,
      creator: this.#creator,
      ancestors: this.#ancestors,
    });
    this.isOpen = false;
    this.#createdBy = -1;
    this.createdAt = -1;
    this.#creator = -1;
    if (this.#ancestors.length > 0) this.#ancestors = [];
    this.ancestor = -1;
  }

  #endStack(): void {
    const stack = this.#rows.stacks.intern(this.#frames.pairs, this.#frames.length);
    this.#frames.length = 0;
    if (this.ancestor < 0) this.#ownStack = stack;
    else this.#ancestors.push({ id: this.ancestor, stack });
  }
}
