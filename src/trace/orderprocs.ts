/** The ordering's rules for procs: see ordering.ts. */
import { EventType } from './eventtype.ts';
import type { Ordering } from './ordering.ts';
import {
  Advance,
  LAST_STATUS,
  PROC_LOST,
  PROC_STATE,
  PROC_STATUS_NAMES,
  Status,
} from './orderstatus.ts';
import { ProcState } from './statetrack.ts';

export function procStatusEvent(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const proc = builder.procIds.intern(frontier.lo[4 * c], frontier.hi[4 * c]);
  if (proc >= o.procStatus.length) o.reserve();
  const wire = frontier.lo[4 * c + 1] & 0xff;
  if (wire > LAST_STATUS) {
    return o.broken(`invalid status for proc ${o.procId(proc)}: ${wire}`);
  }
  const status = wire + 1;
  const old = o.procStatus[proc];
  let oldState = PROC_STATE[wire];
  let newState = oldState;
  let fromThread = m;
  let fromProc = p;
  let fromGo = g;
  if (old === Status.none) {
    o.procStatus[proc] = status;
    oldState = o.isInitial ? ProcState.undetermined : ProcState.notExist;
  } else if (status === Status.procSyscallAbandoned && old === Status.procSyscall) {
    // No information was lost, since it is known to be in a syscall: promote the status.
    oldState = ProcState.running;
    newState = ProcState.running;
    fromThread = o.threadProc.lastIndexOf(proc);
    if (fromThread < 0) {
      const id = o.procId(proc);
      return o.broken(`failed to find sched context for proc ${id} that's about to be stolen`);
    }
    fromProc = proc;
    fromGo = o.threadGo[fromThread];
  } else if (old !== status) {
    const names = `${PROC_STATUS_NAMES[old]} vs. new ${PROC_STATUS_NAMES[status]}`;
    return o.broken(`inconsistent status for proc ${o.procId(proc)}: old ${names}`);
  }
  o.procSeq[proc] = 0;
  const isBound = status === Status.procRunning || status === Status.procSyscall;
  const states = oldState | (newState << 8);
  const kind = EventType.ProcStatus;
  const time = o.deliver(kind, frontier.time[c], fromThread, fromProc, fromGo, 0, proc, states);
  if (isBound && m >= 0) o.threadProc[m] = proc;
  if (old === Status.none) {
    const state = status === Status.procSyscall ? ProcState.syscall : newState;
    builder.procStates.push(time, proc, state, isBound ? m : -1, -1);
  }
  return Advance.yes;
}

export function procStart(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier } = o;
  const proc = o.builder.procIds.find(frontier.lo[4 * c], frontier.hi[4 * c]);
  const seq = o.number(c, 1);
  if (proc < 0 || o.procStatus[proc] !== Status.procIdle || seq !== o.procSeq[proc] + 1 || p >= 0) {
    return Advance.no;
  }
  if (m < 0) return o.lacks(m, p, g);
  o.procStatus[proc] = Status.procRunning;
  o.procSeq[proc] = seq;
  o.threadProc[m] = proc;
  const time = o.deliver(EventType.ProcStart, frontier.time[c], m, p, g, 0, proc, 0);
  o.builder.procStates.push(time, proc, ProcState.running, m, -1);
  return Advance.yes;
}

export function procStop(o: Ordering, c: number, m: number, p: number, g: number): number {
  const status = p < 0 ? Status.none : o.procStatus[p];
  if (status === Status.none) {
    return o.broken(`event ProcStop for proc (${p < 0 ? -1 : o.procId(p)}) that doesn't exist`);
  }
  if (status !== Status.procRunning && status !== Status.procSyscall) {
    return o.broken("ProcStop event for proc that's not Running or Syscall");
  }
  o.procStatus[p] = Status.procIdle;
  o.threadProc[m] = -1;
  const time = o.deliver(EventType.ProcStop, o.frontier.time[c], m, p, g, 0, 0, 0);
  o.builder.procStates.push(time, p, ProcState.idle, -1, -1);
  if (status === Status.procSyscall) loseProc(o, time, g, m);
  return Advance.yes;
}

export function procSteal(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const proc = builder.procIds.find(frontier.lo[4 * c], frontier.hi[4 * c]);
  const status = proc < 0 ? Status.none : o.procStatus[proc];
  const isAbandoned = status === Status.procSyscallAbandoned;
  const seq = o.number(c, 1);
  if ((status !== Status.procSyscall && !isAbandoned) || seq !== o.procSeq[proc] + 1) {
    return Advance.no;
  }
  if (m < 0) return o.lacks(m, p, g);
  o.procStatus[proc] = Status.procIdle;
  o.procSeq[proc] = seq;
  let victim = -1;
  if (!isAbandoned) {
    victim = builder.threadIds.find(frontier.lo[4 * c + 2], frontier.hi[4 * c + 2]);
    const problem = checkVictim(o, c, proc, victim, m, p);
    if (problem !== '') return o.broken(problem);
    o.threadProc[victim] = -1;
  }
  const oldState = isAbandoned ? ProcState.idle : ProcState.running;
  const states = oldState | (ProcState.idle << 8);
  const time = o.deliver(EventType.ProcSteal, frontier.time[c], m, p, g, 0, proc, states);
  if (!isAbandoned) {
    builder.procStates.push(time, proc, ProcState.idle, -1, -1);
    loseProc(o, time, o.threadGo[victim], victim);
  }
  return Advance.yes;
}

function checkVictim(
  o: Ordering,
  c: number,
  proc: number,
  victim: number,
  m: number,
  p: number,
): string {
  const thread = o.number(c, 2);
  const id = o.procId(proc);
  if (victim === m) {
    if (p === proc) return '';
    const got = p < 0 ? -1 : o.procId(p);
    return `tried to self-steal proc ${id} (thread ${thread}), but got proc ${got} instead`;
  }
  if (victim < 0 || o.threadIsKnown[victim] === 0) {
    return `stole proc from non-existent thread ${thread}`;
  }
  const has = o.threadProc[victim];
  if (has === proc) return '';
  const got = has < 0 ? -1 : o.procId(has);
  return `tried to steal proc ${id} from thread ${thread}, but got proc ${got} instead`;
}

/** The goroutine goes on in its syscall without a proc. */
function loseProc(o: Ordering, time: number, g: number, m: number): void {
  if (g < 0 || o.goStatus[g] !== Status.goSyscall) return;
  o.builder.goroutineStates.push(time, g, PROC_LOST, m, o.syscallStack[g]);
}
