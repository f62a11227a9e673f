/**
 * A trace as tracks of slices, for other viewers: procs with the goroutines that ran, goroutines with
 * their states and regions, GC, tasks, counters, wake-ups. What Perfetto and Chrome formats have in common.
 *
 * Slices of one track come in the order of time, or not at all overlapping; tracks in any order.
 */

import { rangeName } from '../../trace/analysis/execstats.ts';
import { goroutineNames } from '../../trace/analysis/names.ts';
import { placeOf } from '../../trace/analysis/places.ts';
import { forEachState } from '../../trace/states.ts';
import { GoCause, GoState, goCause, goState } from '../../trace/statetrack.ts';
import { type Counter, RangeKind, type Trace } from '../../trace/trace.ts';

/** Times are nanoseconds since the trace's begin; ids of groups and tracks are positive integers. */
export interface TimelineSink {
  group(id: number, name: string): void;
  track(id: number, group: number, name: string): void;
  counterTrack(id: number, group: number, name: string, unit: 'bytes' | 'count'): void;
  /** `detail`: '' or where it happened. */
  slice(track: number, name: string, start: number, end: number, detail: string): void;
  instant(track: number, name: string, time: number, detail: string): void;
  counter(track: number, time: number, value: number): void;
  /** One track's goroutine makes that of another ready, at a time when `to` begins a slice. */
  wake(from: number, to: number, time: number): void;
}

const GROUPS = { procs: 1, goroutines: 2, gc: 3, tasks: 4, counters: 5 } as const;

export function writeTimeline(trace: Trace, sink: TimelineSink): void {
  new TimelineWriter(trace, sink).write();
}

class TimelineWriter {
  private readonly trace: Trace;
  private readonly sink: TimelineSink;
  private readonly names: readonly string[];
  private readonly places = new Map<number, string>();
  private readonly procTrack: number;
  private readonly goTrack: number;
  private readonly regionTrack: number;
  private readonly rangeTrack: number;
  private readonly taskTrack: number;
  private readonly counterTrack: number;

  constructor(trace: Trace, sink: TimelineSink) {
    this.trace = trace;
    this.sink = sink;
    const { name } = goroutineNames(trace);
    this.names = Array.from(name, (index) => trace.strings[index] || 'goroutine');
    this.procTrack = 10;
    this.goTrack = this.procTrack + trace.procs.length;
    this.regionTrack = this.goTrack + trace.goroutines.length;
    this.rangeTrack = this.regionTrack + trace.goroutines.length;
    this.taskTrack = this.rangeTrack + 2 + trace.procs.length;
    this.counterTrack = this.taskTrack + trace.tasks.length;
  }

  write(): void {
    this.announce();
    this.states();
    this.ranges();
    this.annotations();
    const { heapAlloc, heapGoal, gomaxprocs } = this.trace;
    this.counter(0, 'heap in use', 'bytes', heapAlloc);
    this.counter(1, 'heap goal', 'bytes', heapGoal);
    this.counter(2, 'GOMAXPROCS', 'count', gomaxprocs);
  }

  private announce(): void {
    const { trace, sink } = this;
    sink.group(GROUPS.procs, 'Procs');
    sink.group(GROUPS.goroutines, 'Goroutines');
    sink.group(GROUPS.gc, 'Garbage collection');
    sink.group(GROUPS.tasks, 'Tasks');
    sink.group(GROUPS.counters, 'Counters');
    trace.procs.id.forEach((id, i) => {
      sink.track(this.procTrack + i, GROUPS.procs, `Proc ${id}`);
      sink.track(this.rangeTrack + 2 + i, GROUPS.gc, `Sweep on proc ${id}`);
    });
    trace.goroutines.id.forEach((id, go) => {
      sink.track(this.goTrack + go, GROUPS.goroutines, `${this.names[go]} ${id}`);
    });
    for (const go of new Set([...trace.regions.goroutine, ...this.assisting()])) {
      const name = `${this.names[go]} ${trace.goroutines.id[go]} regions`;
      sink.track(this.regionTrack + go, GROUPS.goroutines, name);
    }
    sink.track(this.rangeTrack, GROUPS.gc, 'Mark phase');
    sink.track(this.rangeTrack + 1, GROUPS.gc, 'Stop the world');
  }

  private assisting(): number[] {
    const { kind, scope } = this.trace.ranges;
    return Array.from(scope).filter((_, row) => kind[row] === RangeKind.markAssist);
  }

  private states(): void {
    const { trace, sink } = this;
    forEachState(trace.goroutineStates, trace.duration, (go, start, end, packed, a, b) => {
      const state = goState(packed);
      if (state === GoState.notExist || state === GoState.undetermined) return;
      const cause = goCause(packed);
      const track = this.goTrack + go;
      const hasStack = state === GoState.waiting || state === GoState.syscall;
      const detail = hasStack ? this.place(b) : '';
      sink.slice(track, this.stateName(state, cause, a), start, end, detail);
      if (state === GoState.running && a >= 0) {
        sink.slice(
          this.procTrack + a,
          this.names[go],
          start,
          end,
          `goroutine ${trace.goroutines.id[go]}`,
        );
      }
      const isReadied = cause === GoCause.unblocked || cause === GoCause.created;
      if (state === GoState.runnable && isReadied && a >= 0)
        sink.wake(this.goTrack + a, track, start);
    });
  }

  private stateName(state: number, cause: number, a: number): string {
    switch (state) {
      case GoState.running:
        return 'running';
      case GoState.runnable:
        return 'ready';
      case GoState.syscall:
        return cause === GoCause.procLost ? 'syscall without a proc' : 'syscall';
      default: {
        const reason = cause === GoCause.created ? '' : this.trace.strings[a];
        return reason === '' ? 'waiting' : `waiting: ${reason}`;
      }
    }
  }

  private place(stack: number): string {
    const known = this.places.get(stack);
    if (known !== undefined) return known;
    const { func, file, line } = placeOf(this.trace, stack);
    const text = func === '' ? '' : `${func} ${file}:${line}`;
    this.places.set(stack, text);
    return text;
  }

  private ranges(): void {
    const { trace, sink } = this;
    const { ranges, duration } = trace;
    for (let row = 0; row < ranges.length; row++) {
      const start = orElse(ranges.start[row], 0);
      const end = orElse(ranges.end[row], duration);
      const scope = ranges.scope[row];
      const track = {
        [RangeKind.mark]: this.rangeTrack,
        [RangeKind.stopTheWorld]: this.rangeTrack + 1,
        [RangeKind.sweep]: this.rangeTrack + 2 + scope,
        [RangeKind.markAssist]: this.regionTrack + scope,
      }[ranges.kind[row]];
      if (track === undefined) continue;
      sink.slice(track, rangeName(trace, row), start, end, this.place(ranges.stack[row]));
    }
  }

  private annotations(): void {
    const { trace, sink } = this;
    const { regions, tasks, logs, strings, goroutines, duration } = trace;
    for (let row = 0; row < regions.length; row++) {
      const go = regions.goroutine[row];
      const start = orElse(regions.start[row], 0);
      const end = orElse(regions.end[row], orElse(goroutines.endTime[go], duration));
      const place = this.place(regions.startStack[row]);
      sink.slice(this.regionTrack + go, strings[regions.name[row]], start, end, place);
    }
    for (let row = 0; row < tasks.length; row++) {
      const name = strings[tasks.name[row]] || 'task';
      const track = this.taskTrack + row;
      sink.track(track, GROUPS.tasks, `${name} ${tasks.id[row]}`);
      const place = this.place(tasks.startStack[row]);
      const end = orElse(tasks.end[row], duration);
      sink.slice(track, name, orElse(tasks.start[row], 0), end, place);
    }
    for (let row = 0; row < logs.length; row++) {
      const { category, message, goroutine, time } = logs;
      const name = strings[category[row]] || 'log';
      sink.instant(this.goTrack + goroutine[row], name, time[row], strings[message[row]]);
    }
  }

  private counter(index: number, name: string, unit: 'bytes' | 'count', values: Counter): void {
    const track = this.counterTrack + index;
    this.sink.counterTrack(track, GROUPS.counters, name, unit);
    for (let i = 0; i < values.length; i++) {
      if (values.value[i] < 2 ** 53) this.sink.counter(track, values.time[i], values.value[i]);
    }
  }
}

function orElse(time: number, instead: number): number {
  return Number.isNaN(time) ? instead : time;
}
