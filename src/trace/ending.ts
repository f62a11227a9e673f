/**
 * What the end of one part of a trace leaves open for the part that follows: states, and rows of
 * ranges and regions under way. Plain columns, so that a worker can hand it over.
 */
import { EventType } from './eventtype.ts';
import type { Ordering } from './ordering.ts';
import { Status } from './orderstatus.ts';

/** Pairs of columns: a key and what belongs to it. */
export interface Pairs {
  readonly key: Int32Array;
  readonly value: Int32Array;
}

export interface Ending {
  /** Time of the last event. */
  readonly lastTime: number;
  /** A gap follows: what comes next introduces all anew. */
  readonly isInitial: boolean;
  /** Living goroutines and their statuses (orderstatus.ts), and the stacks of their syscalls. */
  readonly goroutines: Pairs;
  readonly syscallStack: Int32Array;
  /** Procs and their statuses. */
  readonly procs: Pairs;
  /** Threads that have been seen: what each runs, -1 = nothing. */
  readonly threadGoroutine: Pairs;
  readonly threadProc: Pairs;
  readonly gcState: number;
  readonly gcSeq: number;
  /** Goroutine and row of its open regions, outermost first. */
  readonly openRegions: Pairs;
  /** Goroutine and row of its mark assist; goroutine and row of the world that it stopped. */
  readonly openAssists: Pairs;
  readonly openStops: Pairs;
  /** Proc and row of its sweep. */
  readonly openSweeps: Pairs;
  /** Row of the mark phase, -1 = none. */
  readonly openMark: number;
}

class PairList {
  private readonly keys: number[] = [];
  private readonly values: number[] = [];

  add(key: number, value: number): void {
    this.keys.push(key);
    this.values.push(value);
  }

  finish(): Pairs {
    return { key: Int32Array.from(this.keys), value: Int32Array.from(this.values) };
  }
}

export function endingOf(o: Ordering): Ending {
  const goroutines = new PairList();
  const openRegions = new PairList();
  const openAssists = new PairList();
  const openStops = new PairList();
  for (let g = 0; g < o.goStatus.length; g++) {
    if (o.goStatus[g] === Status.none) continue;
    goroutines.add(g, o.goStatus[g]);
    const open: number[] = [];
    let region = o.innermostRegion[g];
    for (; region >= 0; region = o.builder.regions.around(region)) open.unshift(region);
    for (const row of open) openRegions.add(g, row);
    for (const range of o.openRanges[g] ?? []) {
      const list = range.type === EventType.STWBegin ? openStops : openAssists;
      list.add(g, range.row);
    }
  }
  const procs = new PairList();
  for (let p = 0; p < o.procStatus.length; p++) {
    if (o.procStatus[p] !== Status.none) procs.add(p, o.procStatus[p]);
  }
  const threadGoroutine = new PairList();
  const threadProc = new PairList();
  for (let m = 0; m < o.threadGo.length; m++) {
    if (o.threadIsKnown[m] === 0) continue;
    threadGoroutine.add(m, o.threadGo[m]);
    threadProc.add(m, o.threadProc[m]);
  }
  const openSweeps = new PairList();
  o.openSweep.forEach((row, p) => {
    if (row !== undefined) openSweeps.add(p, row);
  });
  const living = goroutines.finish();
  return {
    lastTime: o.lastTime,
    isInitial: o.isInitial,
    goroutines: living,
    syscallStack: living.key.map((g) => o.syscallStack[g]),
    procs: procs.finish(),
    threadGoroutine: threadGoroutine.finish(),
    threadProc: threadProc.finish(),
    gcState: o.gcState,
    gcSeq: o.gcSeq,
    openRegions: openRegions.finish(),
    openAssists: openAssists.finish(),
    openStops: openStops.finish(),
    openSweeps: openSweeps.finish(),
    openMark: o.openMark,
  };
}
