/** The events of a decoded trace as lines, in the form of go/main.go. */
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import type { EventColumns } from '../../../src/trace/eventcolumns.ts';
import { EventType, eventName } from '../../../src/trace/eventtype.ts';
import type { Trace } from '../../../src/trace/trace.ts';

const NO_TASK = 2n ** 64n - 1n;
const GO_STATES = ['Undetermined', 'NotExist', 'Runnable', 'Running', 'Waiting', 'Syscall'];
const PROC_STATES = ['Undetermined', 'NotExist', 'Running', 'Idle'];

/** Kinds in Go's words, and for state changes of the running goroutine: from and to. */
const KINDS: Readonly<Record<number, string>> = {
  [EventType.Sync]: 'Sync',
  [EventType.CPUSample]: 'StackSample',
  [EventType.ProcsChange]: 'Metric',
  [EventType.HeapAlloc]: 'Metric',
  [EventType.HeapGoal]: 'Metric',
  [EventType.GoLabel]: 'Label',
  [EventType.STWBegin]: 'RangeBegin',
  [EventType.STWEnd]: 'RangeEnd',
  [EventType.GCActive]: 'RangeActive',
  [EventType.GCBegin]: 'RangeBegin',
  [EventType.GCEnd]: 'RangeEnd',
  [EventType.GCSweepActive]: 'RangeActive',
  [EventType.GCSweepBegin]: 'RangeBegin',
  [EventType.GCSweepEnd]: 'RangeEnd',
  [EventType.GCMarkAssistActive]: 'RangeActive',
  [EventType.GCMarkAssistBegin]: 'RangeBegin',
  [EventType.GCMarkAssistEnd]: 'RangeEnd',
  [EventType.UserTaskBegin]: 'TaskBegin',
  [EventType.UserTaskEnd]: 'TaskEnd',
  [EventType.UserRegionBegin]: 'RegionBegin',
  [EventType.UserRegionEnd]: 'RegionEnd',
  [EventType.UserLog]: 'Log',
};

const OWN_TRANSITIONS: Readonly<Record<number, string>> = {
  [EventType.GoDestroy]: 'Running->NotExist',
  [EventType.GoDestroySyscall]: 'Syscall->NotExist',
  [EventType.GoStop]: 'Running->Runnable',
  [EventType.GoBlock]: 'Running->Waiting',
  [EventType.GoSyscallBegin]: 'Running->Syscall',
  [EventType.GoSyscallEnd]: 'Syscall->Running',
  [EventType.GoSyscallEndBlocked]: 'Syscall->Runnable',
};

const OTHER_TRANSITIONS: Readonly<Record<number, string>> = {
  [EventType.GoCreate]: 'NotExist->Runnable',
  [EventType.GoCreateBlocked]: 'NotExist->Waiting',
  [EventType.GoCreateSyscall]: 'NotExist->Syscall',
  [EventType.GoStart]: 'Runnable->Running',
  [EventType.GoUnblock]: 'Waiting->Runnable',
  [EventType.GoSwitch]: 'Waiting->Runnable',
  [EventType.GoSwitchDestroy]: 'Waiting->Runnable',
};

export class Canonical {
  private readonly trace: Trace;
  private readonly events: EventColumns;
  private readonly digests: string[];

  constructor(trace: Trace, events: EventColumns) {
    this.trace = trace;
    this.events = events;
    this.digests = Array.from({ length: trace.stacks.length }, (_, stack) => digest(trace, stack));
  }

  line(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const name = KINDS[kind] ?? (kind >= EventType.Span ? 'Experimental' : 'StateTransition');
    const time = BigInt(events.time[i]) + trace.origin;
    const m = events.thread[i];
    const p = events.proc[i];
    const thread = m < 0 ? -1 : trace.threads.id[m];
    const proc = p < 0 ? -1 : trace.procs.id[p];
    const details = this.details(i);
    const stack = events.stack[i] === 0 ? '' : ` stack=${this.digests[events.stack[i]]}`;
    return `${time} ${name} M=${thread} P=${proc} G=${this.go(events.goroutine[i])}${details}${stack}`;
  }

  private go(g: number): bigint | number {
    return g < 0 ? -1 : this.trace.goroutines.id[g];
  }

  private details(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const a = events.a[i];
    const b = events.b[i];
    const wide = (low: number, high: number) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    const own = OWN_TRANSITIONS[kind];
    if (own !== undefined) return this.ownTransition(i, own);
    const other = OTHER_TRANSITIONS[kind];
    if (other !== undefined) {
      const isCreation = kind === EventType.GoCreate || kind === EventType.GoCreateBlocked;
      const of = isCreation && b !== 0 ? ` of=${this.digests[b]}` : '';
      return ` Goroutine(${this.go(a)}) ${other} ""${of}`;
    }
    switch (kind) {
      case EventType.Sync:
        return this.sync(a, b);
      case EventType.ProcsChange:
        return ` /sched/gomaxprocs:threads=${wide(a, b)}`;
      case EventType.HeapAlloc:
        return ` /memory/classes/heap/objects:bytes=${wide(a, b)}`;
      case EventType.HeapGoal:
        return ` /gc/heap/goal:bytes=${wide(a, b)}`;
      case EventType.GoLabel:
        return ` ${this.text(a)} Goroutine(${this.go(events.goroutine[i])})`;
      case EventType.GoStatus:
      case EventType.GoStatusStack: {
        const of = events.stack[i] === 0 ? '' : ` of=${this.digests[events.stack[i]]}`;
        return ` Goroutine(${this.go(a)}) ${GO_STATES[b & 0xff]}->${GO_STATES[b >> 8]} ""${of}`;
      }
      case EventType.ProcStart:
        return ` Proc(${trace.procs.id[a]}) Idle->Running`;
      case EventType.ProcStop:
        return ` Proc(${trace.procs.id[events.proc[i]]}) Running->Idle`;
      case EventType.ProcSteal:
      case EventType.ProcStatus:
        return ` Proc(${trace.procs.id[a]}) ${PROC_STATES[b & 0xff]}->${PROC_STATES[b >> 8]}`;
      case EventType.UserTaskBegin:
      case EventType.UserTaskEnd:
        return this.task(i);
      case EventType.UserRegionBegin:
      case EventType.UserRegionEnd:
        return ` task=${a < 0 ? 0 : trace.tasks.id[a]} ${this.text(b)}`;
      case EventType.UserLog: {
        const category = this.text(trace.logs.category[b]);
        const message = this.text(trace.logs.message[b]);
        return ` task=${a < 0 ? 0 : trace.tasks.id[a]} ${category} ${message}`;
      }
      case EventType.CPUSample:
        return '';
      default:
        return kind >= EventType.Span ? this.experimental(i) : this.range(i);
    }
  }

  private ownTransition(i: number, states: string): string {
    const { events } = this;
    const kind = events.kind[i];
    const hasReason = kind === EventType.GoStop || kind === EventType.GoBlock;
    const stack = events.stack[i];
    const of = stack === 0 ? '' : ` of=${this.digests[stack]}`;
    const reason = hasReason ? this.text(events.a[i]) : '""';
    return ` Goroutine(${this.go(events.goroutine[i])}) ${states} ${reason}${of}`;
  }

  private sync(count: number, generation: number): string {
    const clock = this.trace.generations[generation]?.clock;
    if (clock === undefined) return ` ${count}`;
    const time = BigInt(clock.time) + this.trace.origin;
    return ` ${count} trace=${time} mono=${clock.mono} wall=${clock.wall}`;
  }

  private task(i: number): string {
    const { trace, events } = this;
    const { tasks } = trace;
    const task = events.a[i];
    // Go tells a task's parent at its end only while it knows the task to be active.
    const isKnown =
      events.kind[i] === EventType.UserTaskBegin ||
      (!Number.isNaN(tasks.start[task]) && tasks.end[task] === events.time[i]);
    const parent = isKnown && tasks.parent[task] >= 0 ? tasks.id[tasks.parent[task]] : NO_TASK;
    return ` task=${tasks.id[task]} parent=${parent} ${this.text(events.b[i])}`;
  }

  private range(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const a = events.a[i];
    const goroutine = ` Goroutine(${this.go(events.goroutine[i])})`;
    switch (kind) {
      case EventType.STWBegin:
      case EventType.STWEnd:
        return ` ${quote(`stop-the-world (${trace.strings[a]})`)}${goroutine}`;
      case EventType.GCActive:
      case EventType.GCBegin:
      case EventType.GCEnd:
        return ' "GC concurrent mark phase" None';
      case EventType.GCSweepActive:
        return ` "GC incremental sweep" Proc(${trace.procs.id[a]})`;
      case EventType.GCSweepBegin:
        return ` "GC incremental sweep" Proc(${trace.procs.id[events.proc[i]]})`;
      case EventType.GCSweepEnd: {
        const [swept, reclaimed] = events.wide.subarray(a, a + 2);
        const attributes = ` "bytes swept"=${swept} "bytes reclaimed"=${reclaimed}`;
        return ` "GC incremental sweep" Proc(${trace.procs.id[events.proc[i]]})${attributes}`;
      }
      case EventType.GCMarkAssistActive:
        return ` "GC mark assist" Goroutine(${this.go(a)})`;
      default:
        return ` "GC mark assist"${goroutine}`;
    }
  }

  private experimental(i: number): string {
    const { events } = this;
    const args = events.wide.subarray(events.a[i], events.a[i] + events.b[i]);
    return [` ${eventName(events.kind[i])}`, ...args].join(' ');
  }

  private text(string: number): string {
    return quote(this.trace.strings[string]);
  }
}

/** Enough of Go's strconv.Quote for the strings of recordings. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function digest(trace: Trace, stack: number): string {
  const { stacks, frames, strings } = trace;
  if (stacks.start[stack] === stacks.start[stack + 1]) return 'empty';
  let hash = 0x811c9dc5;
  for (let i = stacks.start[stack]; i < stacks.start[stack + 1]; i++) {
    const frame = stacks.frames[i];
    const func = strings[frames.func[frame]];
    const file = strings[frames.file[frame]];
    const text = `${func}\n${file}:${frames.line[frame]}\n${frames.pc[frame]}\n`;
    for (const byte of encodeUtf8(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
