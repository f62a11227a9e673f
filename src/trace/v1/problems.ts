/** What is wrong with a v1 trace: a refusal when strict, else notes, of which each kind is counted. */
import type { TraceNote } from '../trace.ts';
import { TraceRefusal } from '../v2reader.ts';

/** Notes of one kind before they are only counted. */
const NOTES_PER_KIND = 8;

export class Problems {
  readonly isStrict: boolean;
  private readonly notes: TraceNote[];
  private readonly counts = new Map<TraceNote['kind'], number>();

  constructor(isStrict: boolean, notes: TraceNote[]) {
    this.isStrict = isStrict;
    this.notes = notes;
  }

  /** Strict: what Go's reader would say, and no further. */
  refuse(offset: number, reason: string): void {
    if (this.isStrict) throw new TraceRefusal(offset, 1, reason);
  }

  note(
    kind: TraceNote['kind'],
    offset: number,
    reason: string,
    lostBytes = 0,
    time = Number.NaN,
    stack = 0,
  ): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count > NOTES_PER_KIND) return;
    this.notes.push({ kind, generation: 1, offset, reason, lostBytes, time, stack });
  }

  /** One note for all that were too many. */
  finish(offset: number): void {
    let more = 0;
    for (const count of this.counts.values()) more += Math.max(count - NOTES_PER_KIND, 0);
    if (more === 0) return;
    const reason = `${more} more of the kinds above`;
    const rest = { lostBytes: 0, time: Number.NaN, stack: 0 };
    this.notes.push({ kind: 'damaged', generation: 1, offset, reason, ...rest });
  }
}
