/**
 * `-d=parsed`: the events of a trace in their order, as text.
 *
 * The lines of Event.String in internal/trace/event.go of Go 1.26, to the byte, but that the wall clock
 * is in UTC. Events are decoded a stretch at a time, so memory stays small.
 */
import type { EventColumns } from '../../trace/eventcolumns.ts';
import { readEvents } from '../../trace/events.ts';
import { EVENT_SPECS, EventType, eventName } from '../../trace/eventtype.ts';
import type { TraceSource } from '../../trace/source.ts';
import type { Trace } from '../../trace/trace.ts';
import { goQuote } from './goquote.ts';

const NO_TASK = 2n ** 64n - 1n;
const GO_STATES = ['Undetermined', 'NotExist', 'Runnable', 'Running', 'Waiting', 'Syscall'];
const PROC_STATES = ['Undetermined', 'NotExist', 'Running', 'Idle'];
const STRETCH = 100_000;

/** Event types by what Go calls their kind; those not named are state transitions. */
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

const METRICS: Readonly<Record<number, string>> = {
  [EventType.ProcsChange]: '/sched/gomaxprocs:threads',
  [EventType.HeapAlloc]: '/memory/classes/heap/objects:bytes',
  [EventType.HeapGoal]: '/gc/heap/goal:bytes',
};

/** Changes of the goroutine on which the event happens, and of another that it names. */
const OWN: Readonly<Record<number, string>> = {
  [EventType.GoDestroy]: 'Running->NotExist',
  [EventType.GoDestroySyscall]: 'Syscall->NotExist',
  [EventType.GoStop]: 'Running->Runnable',
  [EventType.GoBlock]: 'Running->Waiting',
  [EventType.GoSyscallBegin]: 'Running->Syscall',
  [EventType.GoSyscallEnd]: 'Syscall->Running',
  [EventType.GoSyscallEndBlocked]: 'Syscall->Runnable',
};
const OTHER: Readonly<Record<number, string>> = {
  [EventType.GoCreate]: 'NotExist->Runnable',
  [EventType.GoCreateBlocked]: 'NotExist->Waiting',
  [EventType.GoCreateSyscall]: 'NotExist->Syscall',
  [EventType.GoStart]: 'Runnable->Running',
  [EventType.GoUnblock]: 'Waiting->Runnable',
  [EventType.GoSwitch]: 'Waiting->Runnable',
  [EventType.GoSwitchDestroy]: 'Waiting->Runnable',
};

export function* parsedLines(trace: Trace, source: TraceSource): Generator<string> {
  for (let from = 0; from < trace.eventCount; from += STRETCH) {
    const events = readEvents(trace, source, from, from + STRETCH);
    const printer = new Printer(trace, events);
    for (let i = 0; i < events.length; i++) yield printer.text(i);
  }
}

class Printer {
  private readonly trace: Trace;
  private readonly events: EventColumns;

  constructor(trace: Trace, events: EventColumns) {
    this.trace = trace;
    this.events = events;
  }

  text(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const name = KINDS[kind] ?? (kind >= EventType.Span ? 'Experimental' : 'StateTransition');
    const thread = events.thread[i] < 0 ? -1 : trace.threads.id[events.thread[i]];
    const proc = events.proc[i] < 0 ? -1 : trace.procs.id[events.proc[i]];
    const time = BigInt(events.time[i]) + trace.origin;
    const where = `M=${thread} P=${proc} G=${this.go(events.goroutine[i])}`;
    const stack = events.stack[i];
    const hasStack = stack !== 0 || kind === EventType.CPUSample;
    const end = hasStack ? `\nStack=\n${this.frames(stack)}` : '';
    return `${where} ${name} Time=${time}${this.details(i)}${end}`;
  }

  private go(goroutine: number): bigint | number {
    return goroutine < 0 ? -1 : this.trace.goroutines.id[goroutine];
  }

  private details(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const a = events.a[i];
    const b = events.b[i];
    const metric = METRICS[kind];
    if (metric !== undefined) {
      const value = (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
      return ` Name="${metric}" Value=${uint(value)}`;
    }
    switch (kind) {
      case EventType.Sync:
        return this.sync(a, b);
      case EventType.GoLabel:
        return ` Label=${this.quote(a)} Resource=Goroutine(${this.go(events.goroutine[i])})`;
      case EventType.UserTaskBegin:
      case EventType.UserTaskEnd:
        return this.task(i);
      case EventType.UserRegionBegin:
      case EventType.UserRegionEnd:
        return ` Task=${this.taskId(a)} Type=${this.quote(b)}`;
      case EventType.UserLog: {
        const { category, message } = trace.logs;
        const words = `Category=${this.quote(category[b])} Message=${this.quote(message[b])}`;
        return ` Task=${this.taskId(a)} ${words}`;
      }
      case EventType.CPUSample:
        return '';
      default:
        if (kind >= EventType.Span) return this.experimental(i);
        return KINDS[kind] === undefined ? this.transition(i) : this.range(i);
    }
  }

  private transition(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const a = events.a[i];
    const b = events.b[i];
    switch (kind) {
      case EventType.ProcStart:
        return ` ProcID=${trace.procs.id[a]} Idle->Running Reason=""`;
      case EventType.ProcStop:
        return ` ProcID=${trace.procs.id[events.proc[i]]} Running->Idle Reason=""`;
      case EventType.ProcSteal:
      case EventType.ProcStatus:
        return ` ProcID=${trace.procs.id[a]} ${PROC_STATES[b & 0xff]}->${PROC_STATES[b >> 8]} Reason=""`;
      case EventType.GoStatus:
      case EventType.GoStatusStack: {
        const states = `${GO_STATES[b & 0xff]}->${GO_STATES[b >> 8]}`;
        return ` GoID=${this.go(a)} ${states} Reason=""${this.own(events.stack[i])}`;
      }
    }
    const states = OWN[kind];
    if (states !== undefined) {
      const hasReason = kind === EventType.GoStop || kind === EventType.GoBlock;
      const reason = hasReason ? this.quote(a) : '""';
      const stack = this.own(events.stack[i]);
      return ` GoID=${this.go(events.goroutine[i])} ${states} Reason=${reason}${stack}`;
    }
    const isCreation = kind === EventType.GoCreate || kind === EventType.GoCreateBlocked;
    const start = isCreation ? `\nTransitionStack=\n${this.frames(b)}` : '';
    return ` GoID=${this.go(a)} ${OTHER[kind]} Reason=""${start}`;
  }

  /** The stack of the goroutine that changes. */
  private own(stack: number): string {
    return stack === 0 ? '' : `\nTransitionStack=\n${this.frames(stack)}`;
  }

  private sync(count: number, generation: number): string {
    const clock = this.trace.generations[generation]?.clock;
    if (clock === undefined) return ` N=${count}`;
    const time = BigInt(clock.time) + this.trace.origin;
    return ` N=${count} Trace=${time} Mono=${clock.mono} Wall=${wallTime(clock.wall)}`;
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
    return ` ID=${tasks.id[task]} Parent=${parent} Type=${this.quote(events.b[i])}`;
  }

  private taskId(task: number): bigint | number {
    return task < 0 ? 0 : this.trace.tasks.id[task];
  }

  private range(i: number): string {
    const { trace, events } = this;
    const kind = events.kind[i];
    const a = events.a[i];
    const end = KINDS[kind] === 'RangeEnd' ? ' Attributes=[]' : '';
    const goroutine = `Goroutine(${this.go(events.goroutine[i])})`;
    switch (kind) {
      case EventType.STWBegin:
      case EventType.STWEnd:
        return ` Name=${goQuote(`stop-the-world (${trace.strings[a]})`)} Scope=${goroutine}${end}`;
      case EventType.GCActive:
      case EventType.GCBegin:
      case EventType.GCEnd:
        return ` Name="GC concurrent mark phase" Scope=None${end}`;
      case EventType.GCSweepActive:
        return ` Name="GC incremental sweep" Scope=Proc(${trace.procs.id[a]})`;
      case EventType.GCSweepBegin:
        return ` Name="GC incremental sweep" Scope=Proc(${trace.procs.id[events.proc[i]]})`;
      case EventType.GCSweepEnd: {
        const [swept, reclaimed] = events.wide.subarray(a, a + 2);
        const bytes = `"bytes swept"=${uint(swept)} "bytes reclaimed"=${uint(reclaimed)}`;
        const proc = trace.procs.id[events.proc[i]];
        return ` Name="GC incremental sweep" Scope=Proc(${proc}) Attributes=[${bytes}]`;
      }
      case EventType.GCMarkAssistActive:
        return ` Name="GC mark assist" Scope=Goroutine(${this.go(a)})`;
      default:
        return ` Name="GC mark assist" Scope=${goroutine}${end}`;
    }
  }

  private experimental(i: number): string {
    const { events } = this;
    const kind = events.kind[i];
    const values = events.wide.subarray(events.a[i], events.a[i] + events.b[i]);
    const names = EVENT_SPECS[kind]?.args ?? [];
    const args = Array.from(values, (value, k) => `${names[k]}=${uint(value)}`);
    return ` Name=${eventName(kind)} Args=[${args.join(', ')}]`;
  }

  private quote(string: number): string {
    return goQuote(this.trace.strings[string]);
  }

  private frames(stack: number): string {
    const { stacks, frames, strings } = this.trace;
    let text = '';
    for (let i = stacks.start[stack]; i < stacks.start[stack + 1]; i++) {
      const frame = stacks.frames[i];
      text += `\t${strings[frames.func[frame]]} @ 0x${frames.pc[frame].toString(16)}\n`;
      text += `\t\t${strings[frames.file[frame]]}:${frames.line[frame]}\n`;
    }
    return text;
  }
}

function uint(value: bigint): string {
  return `Value{Uint64(${value})}`;
}

/** time.RFC3339Nano, in UTC. */
function wallTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
