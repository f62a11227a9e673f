/**
 * Lines of a program's standard error → GODEBUG events and everything else.
 *
 * Fed line by line, so that it follows a running program as well as a file. A scheddetail block is
 * one event, given when the line after it comes, or at the end. Lines of other programs are foreign:
 * handed back in order, never lost. Costs one scan a line.
 */
import type { DetailRow, GodebugEvent, SchedEvent } from './events.ts';
import { detailLine, gcLine, initLine, scavLine, schedLine } from './lines.ts';

export interface GodebugSink {
  event(event: GodebugEvent): void;
  /** A line (or its beginning) that is the program's own. */
  foreign(text: string): void;
}

/** What gctrace=2 and gcpacertrace=1 write between the lines; told apart, not taken apart. */
const OTHER_RUNTIME = /^(?:scan: |pacer: )/;
/** Goroutines of a scheddetail block that are kept. */
const MOST_ROWS = 100_000;

interface Block {
  readonly event: SchedEvent;
  readonly rows: Record<'P' | 'M' | 'G', DetailRow[]>;
}

export class GodebugReader {
  readonly #sink: GodebugSink;
  #block: Block | undefined;
  /** Lines of the runtime that have no event of their own. */
  otherRuntimeLines = 0;
  /** Rows of scheddetail that were left out, and lines that look like the runtime's but are not understood. */
  notUnderstood = 0;

  constructor(sink: GodebugSink) {
    this.#sink = sink;
  }

  /** `line` without its line feed. */
  line(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (this.#block !== undefined && this.#row(this.#block, text)) return;
    this.#endBlock();
    const sched = schedLine(text);
    if (sched?.detail === true) {
      this.#before(text, sched.index);
      this.#block = { event: sched.event, rows: { P: [], M: [], G: [] } };
      return;
    }
    const found = sched ?? gcLine(text) ?? scavLine(text) ?? initLine(text);
    if (found !== undefined) {
      this.#before(text, found.index);
      this.#sink.event(found.event);
    } else if (OTHER_RUNTIME.test(text)) this.otherRuntimeLines++;
    else {
      if (/(?:^|\s)(?:SCHED \d+ms:|gc \d+ @[\d.]+s )/.test(text)) this.notUnderstood++;
      this.#sink.foreign(text);
    }
  }

  end(): void {
    this.#endBlock();
  }

  #row(block: Block, text: string): boolean {
    const row = detailLine(text);
    if (row === undefined) return false;
    const { kind, ...rest } = row;
    if (block.rows[kind].length < MOST_ROWS) block.rows[kind].push(rest);
    else this.notUnderstood++;
    return true;
  }

  #endBlock(): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#block = undefined;
    const { P: procs, M: threads, G: goroutines } = block.rows;
    const column = (name: string) => procs.map(({ fields }) => Number(fields[name] ?? 0));
    this.#sink.event({
      ...block.event,
      localRunQueues: column('runqsize'),
      schedTicks: column('schedtick'),
      detail: { procs, threads, goroutines },
    });
  }

  /** A program that writes without a line feed has its words in front of the runtime's. */
  #before(text: string, index: number): void {
    const own = text.slice(0, index);
    if (own.trim() !== '') this.#sink.foreign(own);
  }
}

export interface GodebugLog {
  readonly events: readonly GodebugEvent[];
  readonly foreign: readonly string[];
  readonly notUnderstood: number;
}

/** A whole text at once. */
export function readGodebug(text: string): GodebugLog {
  const events: GodebugEvent[] = [];
  const foreign: string[] = [];
  const reader = new GodebugReader({
    event: (event) => void events.push(event),
    foreign: (line) => void foreign.push(line),
  });
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) reader.line(line);
  reader.end();
  return { events, foreign, notUnderstood: reader.notUnderstood };
}

export function looksLikeGodebug(text: string): boolean {
  return /^(?:.*\s)?(?:SCHED \d+ms: gomaxprocs=|gc \d+ @[\d.]+s \d+%|scav \d+ KiB work|init \S+ @[\d.]+ ms, )/m.test(
    text,
  );
}
