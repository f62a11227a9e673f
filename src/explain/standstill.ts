/**
 * Which goroutines have not moved, and for how long at least: what `stuck` is told from.
 *
 * With two dumps or more it is known by id: the same state and stack in all of them. With one, only
 * the minutes that the runtime prints tell (whole ones; a collection sets them, so that they come
 * late). Not moving is no fault yet: idle servers, pools and pollers stand still, too.
 */
import { unmovedGoroutines } from '../goroutines/compare.ts';
import { creatorOf } from '../goroutines/group.ts';
import { type WaitGraph, waitGraphOf } from '../goroutines/holders.ts';
import { framesOf, type Frame as TableFrame } from '../goroutines/table.ts';
import { forEachCpuSample } from './cpu.ts';
import { type Frame, siteIndex } from './frames.ts';
import type { ObservedDump } from './observation.ts';
import { type ObservedWindow, toSeconds } from './window.ts';

/** A goroutine of the last dump. */
export interface Standing {
  readonly row: number;
  readonly id: number;
  readonly state: string;
  /** Leaf first. */
  readonly stack: readonly Frame[];
  /** Index of the user's line; -1 = there is none. */
  readonly siteAt: number;
  readonly createdBy: Frame | undefined;
  /** Id of the goroutine that started it; -1 = not said. */
  readonly creator: number;
  /** It has been where it is for at least this long; 0 = not known. */
  readonly seconds: number;
  /** True when it was there in all of two or more dumps. */
  readonly isUnmoved: boolean;
}

export interface Standstill {
  readonly dump: ObservedDump;
  readonly dumps: readonly ObservedDump[];
  /** From the first to the last dump, in seconds; 0 = there is one, or the times are not known. */
  readonly span: number;
  /** All goroutines of the last dump, by row. */
  readonly goroutines: ReadonlyMap<number, Standing>;
  readonly byId: ReadonlyMap<number, Standing>;
  /** Of the last dump. */
  readonly graph: WaitGraph;
  /**
   * The last line of each of the user's functions that used CPU. A goroutine may have come back to
   * where it was: who runs beyond a Lock has got it.
   */
  readonly reached: ReadonlyMap<string, number>;
}

const known = new WeakMap<ObservedWindow, Standstill>();

/** Undefined without a dump that has goroutines. Read once for each window. */
export function readStandstill(window: ObservedWindow): Standstill | undefined {
  const found = known.get(window) ?? read(window);
  if (found !== undefined) known.set(window, found);
  return found;
}

function read(window: ObservedWindow): Standstill | undefined {
  const dumps = (window.observation.dumps ?? []).filter((dump) => dump.goroutines > 0);
  const first = dumps[0];
  const dump = dumps.at(-1);
  if (first === undefined || dump === undefined) return undefined;
  const dated = first.timeNanos > 0n && dump.timeNanos > first.timeNanos;
  const span = dated ? toSeconds(dump.timeNanos - first.timeNanos) : 0;
  const unmoved = new Set(unmovedGoroutines(dumps).map(({ id }) => id));
  const goroutines = new Map<number, Standing>();
  const byId = new Map<number, Standing>();
  const { table, rows } = dump;
  const frame = ({ function: name, file, line }: TableFrame) => window.book.frame(name, file, line);
  const stacks = new Map<number, readonly Frame[]>();
  for (let row = rows.from; row < rows.to; row++) {
    const index = table.stack[row] ?? -1;
    const stack = stacks.get(index) ?? framesOf(table, index).map(frame);
    stacks.set(index, stack);
    const header = table.headers[table.header[row] ?? -1];
    const id = table.ids[row] ?? -1;
    const isUnmoved = unmoved.has(id);
    const createdBy = creatorOf(table, row);
    const standing = {
      row,
      id,
      state: header?.state ?? '',
      stack,
      siteAt: siteIndex(stack),
      createdBy: createdBy && frame(createdBy),
      creator: table.creators[row] ?? -1,
      seconds: Math.max((header?.waitMinutes ?? 0) * 60, isUnmoved ? span : 0),
      isUnmoved,
    };
    goroutines.set(row, standing);
    byId.set(id, standing);
  }
  const graph = waitGraphOf(table, rows);
  return { dump, dumps, span, goroutines, byId, graph, reached: reachedLines(window) };
}

function reachedLines(window: ObservedWindow): Map<string, number> {
  const reached = new Map<string, number>();
  forEachCpuSample(window, (stack) => {
    for (const { function: name, line, origin } of stack) {
      if (origin === 'own') reached.set(name, Math.max(line, reached.get(name) ?? 0));
    }
  });
  return reached;
}

/** True when somebody ran beyond the line where these wait. */
export function isPassed({ reached }: Standstill, waiters: readonly Standing[]): boolean {
  return waiters.some((waiter) => {
    const site = siteOf(waiter);
    return site !== undefined && (reached.get(site.function) ?? 0) > site.line;
  });
}

/** Rows of the last dump at the very same line, state and creator, as one. */
export function alike(standings: Iterable<Standing>): Standing[][] {
  const groups = Map.groupBy(standings, ({ stack, siteAt, state, createdBy }) => {
    const site = stack[siteAt] ?? stack[0];
    return `${site?.function}:${site?.line} ${state} ${createdBy?.function}:${createdBy?.line}`;
  });
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/** The user's line, or the best that there is. */
export function siteOf({ stack, siteAt }: Standing): Frame | undefined {
  return stack[siteAt] ?? stack[0];
}
