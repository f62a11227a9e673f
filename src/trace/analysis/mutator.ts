/**
 * What share of the processors the program gets over time, and what the GC takes: mark workers, mark
 * assists, sweeping, stopped worlds. The steps that mmu.ts works on.
 *
 * As MutatorUtilizationV2 of Go 1.26 (internal/trace/gc.go), but for one thing: there a background
 * worker counts twice from its second start on and never stops counting, so that a proc that has seen
 * two GCs may count as lost for the rest of the trace. Here a worker counts while it runs as one;
 * `likeGo` gives Go's numbers.
 */
import { statesOf } from '../states.ts';
import { GoState, goState } from '../statetrack.ts';
import { RangeKind, type Trace } from '../trace.ts';
import type { UtilisationSeries } from './mmu.ts';

export interface UtilisationOptions {
  /** Stopped worlds of the GC. */
  readonly stw: boolean;
  /** Background mark workers (dedicated and fractional; idle ones take nothing away). */
  readonly background: boolean;
  readonly assist: boolean;
  readonly sweep: boolean;
  /** A series for each proc. Dedicated workers do not count there: the proc's goroutines move away. */
  readonly perProc: boolean;
  /** Count workers as go tool trace does. */
  readonly likeGo?: boolean;
}

/** A change of what takes procs, at a time. */
interface Change {
  readonly time: number;
  readonly kind: 'procs' | 'stw' | 'gc';
  /** Proc number for `gc`; the number of procs for `procs`. */
  readonly proc: number;
  readonly by: number;
}

export function mutatorUtilisation(trace: Trace, options: UtilisationOptions): UtilisationSeries[] {
  const changes = [
    ...procChanges(trace),
    ...rangeChanges(trace, options),
    ...assistChanges(trace, options),
    ...workerChanges(trace, options),
  ].sort((a, b) => a.time - b.time);
  const steps = new Steps(options.perProc);
  for (let i = 0; i < changes.length; ) {
    const { time } = changes[i];
    for (; i < changes.length && changes[i].time === time; i++) steps.apply(changes[i]);
    steps.note(time);
  }
  return steps.finish(trace.duration);
}

function procChanges({ gomaxprocs }: Trace): Change[] {
  return Array.from(gomaxprocs.value, (proc, i) => ({
    time: gomaxprocs.time[i],
    kind: 'procs',
    proc,
    by: 0,
  }));
}

function rangeChanges(trace: Trace, options: UtilisationOptions): Change[] {
  const { ranges, procs, strings } = trace;
  const changes: Change[] = [];
  for (let row = 0; row < ranges.length; row++) {
    const isSweep = ranges.kind[row] === RangeKind.sweep;
    const isStop =
      ranges.kind[row] === RangeKind.stopTheWorld && strings[ranges.reason[row]].includes('GC');
    if (!(isSweep && options.sweep) && !(isStop && options.stw)) continue;
    const proc = isSweep ? Number(procs.id[ranges.scope[row]]) : -1;
    const kind = isSweep ? 'gc' : 'stw';
    const start = Number.isNaN(ranges.start[row]) ? beginOf(trace) : ranges.start[row];
    changes.push({ time: start, kind, proc, by: 1 });
    if (!Number.isNaN(ranges.end[row])) {
      changes.push({ time: ranges.end[row], kind, proc, by: -1 });
    }
  }
  return changes;
}

/** From when on the number of procs is known. */
function beginOf({ gomaxprocs }: Trace): number {
  return gomaxprocs.length > 0 ? gomaxprocs.time[0] : 0;
}

/** Assists take the proc on which their goroutine runs. */
function assistChanges(trace: Trace, options: UtilisationOptions): Change[] {
  if (!options.assist) return [];
  const { ranges } = trace;
  const byGoroutine = new Map<number, { start: number; end: number }[]>();
  for (let row = 0; row < ranges.length; row++) {
    if (ranges.kind[row] !== RangeKind.markAssist) continue;
    const start = Number.isNaN(ranges.start[row]) ? beginOf(trace) : ranges.start[row];
    const end = Number.isNaN(ranges.end[row]) ? trace.duration : ranges.end[row];
    const known = byGoroutine.get(ranges.scope[row]);
    if (known === undefined) byGoroutine.set(ranges.scope[row], [{ start, end }]);
    else known.push({ start, end });
  }
  const changes: Change[] = [];
  for (const [goroutine, spans] of byGoroutine) {
    const runs = runsOf(trace, goroutine);
    let first = 0;
    for (const { start, end } of spans) {
      while (first < runs.length && runs[first].end <= start) first++;
      for (let i = first; i < runs.length && runs[i].start < end; i++) {
        const { proc } = runs[i];
        changes.push({ time: Math.max(start, runs[i].start), kind: 'gc', proc, by: 1 });
        changes.push({ time: Math.min(end, runs[i].end), kind: 'gc', proc, by: -1 });
      }
    }
  }
  return changes;
}

interface Run {
  readonly start: number;
  readonly end: number;
  /** As the runtime numbers it. */
  readonly proc: number;
}

function runsOf(trace: Trace, goroutine: number): Run[] {
  const { length, start, state, a } = statesOf(trace.goroutineStates, goroutine);
  const runs: Run[] = [];
  for (let i = 0; i < length; i++) {
    if (goState(state[i]) !== GoState.running || a[i] < 0) continue;
    const end = i + 1 < length ? start[i + 1] : Number.POSITIVE_INFINITY;
    runs.push({ start: start[i], end, proc: Number(trace.procs.id[a[i]]) });
  }
  return runs;
}

/** Background workers say what kind they are each time they start to run. */
function workerChanges(trace: Trace, options: UtilisationOptions): Change[] {
  if (!options.background) return [];
  const { labels, strings } = trace;
  const labelled = new Map<number, { time: number; counts: boolean }[]>();
  for (let i = 0; i < labels.length; i++) {
    const label = strings[labels.label[i]];
    if (!label.startsWith('GC ')) continue;
    const isDedicated = label === 'GC (dedicated)';
    const counts = label !== 'GC (idle)' && !(options.perProc && isDedicated);
    const entry = { time: labels.time[i], counts };
    const known = labelled.get(labels.goroutine[i]);
    if (known === undefined) labelled.set(labels.goroutine[i], [entry]);
    else known.push(entry);
  }
  const count = options.likeGo === true ? countLikeGo : countRuns;
  return [...labelled].flatMap(([goroutine, entries]) => count(runsOf(trace, goroutine), entries));
}

interface Label {
  readonly time: number;
  readonly counts: boolean;
}

function countRuns(runs: readonly Run[], labels: readonly Label[]): Change[] {
  const changes: Change[] = [];
  let next = 0;
  for (const { start, end, proc } of runs) {
    while (next < labels.length && labels[next].time < start) next++;
    const label = labels[next];
    if (label === undefined || label.time >= end || !label.counts) continue;
    changes.push({ time: label.time, kind: 'gc', proc, by: 1 });
    changes.push({ time: end, kind: 'gc', proc, by: -1 });
  }
  return changes;
}

/** Go: every start of a goroutine that was ever labelled counts, and every label counts again. */
function countLikeGo(runs: readonly Run[], labels: readonly Label[]): Change[] {
  const counting = labels.filter(({ counts }) => counts);
  const since = counting[0]?.time ?? Number.POSITIVE_INFINITY;
  const changes: Change[] = [];
  let next = 0;
  for (const { start, end, proc } of runs) {
    if (start > since) changes.push({ time: start, kind: 'gc', proc, by: 1 });
    for (; next < counting.length && counting[next].time < end; next++) {
      changes.push({ time: counting[next].time, kind: 'gc', proc, by: 1 });
    }
    if (end > since) changes.push({ time: end, kind: 'gc', proc, by: -1 });
  }
  return changes;
}

class Series {
  readonly time: number[] = [];
  readonly util: number[] = [];

  /** Of several values at one time the lowest counts. */
  add(time: number, util: number): void {
    const last = this.time.length - 1;
    if (last >= 0 && this.util[last] === util) return;
    if (last >= 0 && this.time[last] === time) {
      this.util[last] = Math.min(this.util[last], util);
      return;
    }
    this.time.push(time);
    this.util.push(util);
  }
}

/** Applies changes, and notes the utilisation after them. */
class Steps {
  private readonly perProc: boolean;
  private readonly all: Series[] = [];
  /** By proc number: what takes it, and where its utilisation is noted. */
  private procs: { gc: number; readonly series: Series }[] = [];
  private stopped = 0;

  constructor(perProc: boolean) {
    this.perProc = perProc;
  }

  apply({ kind, proc, by, time }: Change): void {
    if (kind === 'procs') this.resize(time, proc);
    else if (kind === 'stw') this.stopped += by;
    else if (this.procs[proc] !== undefined) this.procs[proc].gc += by;
  }

  private resize(time: number, count: number): void {
    if (this.perProc) for (const { series } of this.procs.slice(count)) series.add(time, 0);
    this.procs = this.procs.slice(0, count);
    while (this.procs.length < count) {
      const isNew = this.perProc || this.all.length === 0;
      const series = isNew ? new Series() : this.all[0];
      if (isNew) {
        series.add(time, 1);
        this.all.push(series);
      }
      this.procs.push({ gc: 0, series });
    }
  }

  note(time: number): void {
    if (this.procs.length === 0) return;
    if (this.perProc) {
      for (const { gc, series } of this.procs) {
        series.add(time, this.stopped > 0 || gc > 0 ? 0 : 1);
      }
      return;
    }
    const taken = this.procs.filter(({ gc }) => gc > 0).length;
    const lost = this.stopped > 0 ? this.procs.length : taken;
    this.all[0].add(time, 1 - lost / this.procs.length);
  }

  finish(time: number): UtilisationSeries[] {
    for (const { series } of this.procs) series.add(time, 0);
    return this.all.map((series) => ({
      time: Float64Array.from(series.time),
      util: Float64Array.from(series.util),
    }));
  }
}
