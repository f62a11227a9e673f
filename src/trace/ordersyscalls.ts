/** The ordering's rules for system calls: see ordering.ts. */
import { EventType, eventName } from './eventtype.ts';
import { destroy, notRunning } from './ordergoroutines.ts';
import type { Ordering } from './ordering.ts';
import {
  Advance,
  CREATED_SYSCALL,
  PROC_STATUS_NAMES,
  Status,
  SYSCALL_BEGIN,
  SYSCALL_END,
  SYSCALL_END_BLOCKED,
} from './orderstatus.ts';
import { ProcState } from './statetrack.ts';

export function goSyscallBegin(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const kind = EventType.GoSyscallBegin;
  if (o.goStatus[g] !== Status.goRunning) return notRunning(o, kind, g);
  if (o.procStatus[p] === Status.none) return noProc(o, kind, p);
  const seq = o.number(c, 0);
  if (seq !== o.procSeq[p] + 1) {
    const words = `${o.procSeq[p]} -> ${seq}`;
    return o.broken(`failed to advance GoSyscallBegin: can't make sequence: ${words}`);
  }
  o.goStatus[g] = Status.goSyscall;
  o.procStatus[p] = Status.procSyscall;
  o.procSeq[p] = seq;
  const stack = o.stackAt(c, 1);
  const time = o.deliver(kind, o.frontier.time[c], m, p, g, stack, 0, 0);
  o.syscallStack[g] = stack;
  o.builder.sawStack(g, stack);
  o.builder.goroutineStates.push(time, g, SYSCALL_BEGIN, m, stack);
  o.builder.procStates.push(time, p, ProcState.syscall, m, -1);
  return Advance.yes;
}

function noProc(o: Ordering, kind: number, p: number): number {
  return o.broken(`uninitialized proc ${o.procId(p)} found during ${eventName(kind)}`);
}

export function goSyscallEnd(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const kind = EventType.GoSyscallEnd;
  if (o.goStatus[g] !== Status.goSyscall) return notRunning(o, kind, g);
  if (o.procStatus[p] === Status.none) return noProc(o, kind, p);
  if (o.procStatus[p] !== Status.procSyscall) {
    const got = `but got ${PROC_STATUS_NAMES[o.procStatus[p]]} instead`;
    return o.broken(`expected proc ${o.procId(p)} in state Syscall, ${got}`);
  }
  o.goStatus[g] = Status.goRunning;
  o.procStatus[p] = Status.procRunning;
  const time = o.deliver(kind, o.frontier.time[c], m, p, g, 0, 0, 0);
  o.builder.goroutineStates.push(time, g, SYSCALL_END, p, m);
  o.builder.procStates.push(time, p, ProcState.running, m, -1);
  return Advance.yes;
}

export function goSyscallEndBlocked(
  o: Ordering,
  c: number,
  m: number,
  p: number,
  g: number,
): number {
  const kind = EventType.GoSyscallEndBlocked;
  if (p >= 0) {
    if (o.procStatus[p] === Status.none) return noProc(o, kind, p);
    // It will lose o proc, as the event says: not before that has happened.
    if (o.procStatus[p] === Status.procSyscall) return Advance.no;
  }
  if (m < 0 || g < 0) return o.lacks(m, Math.max(p, 0), g);
  if (o.goStatus[g] !== Status.goSyscall) return notRunning(o, kind, g);
  o.goStatus[g] = Status.goRunnable;
  o.threadGo[m] = -1;
  const time = o.deliver(kind, o.frontier.time[c], m, p, g, 0, 0, 0);
  o.builder.goroutineStates.push(time, g, SYSCALL_END_BLOCKED, -1, 0);
  return Advance.yes;
}

/** A C thread calls into Go: its goroutine appears in a syscall. */
export function goCreateSyscall(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0) return o.lacks(m, p, g);
  if (g >= 0) return o.broken('expected no goroutine but had one');
  const go = o.internGo(c);
  if (o.goStatus[go] !== Status.none) {
    const id = o.goId(go);
    return o.broken(`tried to create goroutine (${id}) in syscall that already exists`);
  }
  o.goStatus[go] = Status.goSyscall;
  o.goSeq[go] = 0;
  o.syscallStack[go] = 0;
  o.closeAll(go);
  o.threadGo[m] = go;
  const kind = EventType.GoCreateSyscall;
  const time = o.deliver(kind, o.frontier.time[c], m, p, g, 0, go, 0);
  o.builder.addGoroutine(go, time, 0, -1, 0);
  o.builder.goroutineStates.push(time, go, CREATED_SYSCALL, m, 0);
  return Advance.yes;
}

/** The C thread's goroutine goes, and with it the thread's hold on its proc. */
export function goDestroySyscall(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || g < 0) return o.lacks(m, Math.max(p, 0), g);
  const kind = EventType.GoDestroySyscall;
  const time = o.frontier.time[c];
  if (o.goStatus[g] !== Status.goSyscall) {
    return o.goStatus[g] === Status.none
      ? notRunning(o, kind, g)
      : o.broken("GoDestroySyscall event for goroutine that's not Syscall");
  }
  o.threadGo[m] = -1;
  if (p >= 0) {
    const status = o.procStatus[p];
    if (status !== Status.procSyscall) {
      const where = `in unexpected state ${PROC_STATUS_NAMES[status]} during GoDestroySyscall`;
      return o.broken(`proc ${o.procId(p)} ${where}`);
    }
    o.procStatus[p] = Status.procSyscallAbandoned;
    o.threadProc[m] = -1;
    const states = ProcState.running | (ProcState.idle << 8);
    const stolen = o.deliver(EventType.ProcSteal, time, m, p, g, 0, p, states);
    o.builder.procStates.push(stolen, p, ProcState.idle, -1, -1);
  }
  destroy(o, g, o.deliver(kind, time, m, p, g, 0, 0, 0));
  return Advance.yes;
}
