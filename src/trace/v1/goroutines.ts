/** Goroutines and procs of a v1 trace: see convert.ts. */
import { EventType } from '../eventtype.ts';
import {
  BLOCKED,
  CREATED,
  PROC_LOST,
  STARTED,
  STOPPED,
  SYSCALL_BEGIN,
  SYSCALL_END,
  SYSCALL_END_BLOCKED,
  row as stateRow,
  UNBLOCKED,
} from '../orderstatus.ts';
import { GoCause, GoState, ProcState } from '../statetrack.ts';
import { type Converter, FakeProc, RunState } from './convert.ts';
import { V1 } from './eventtype.ts';

/** Why a goroutine blocks or stops, by type of event. */
export const REASONS: Readonly<Record<number, string>> = {
  [V1.GoStop]: 'forever',
  [V1.GoSched]: 'runtime.Gosched',
  [V1.GoPreempt]: 'preempted',
  [V1.GoSleep]: 'sleep',
  [V1.GoBlock]: '',
  [V1.GoBlockSend]: 'chan send',
  [V1.GoBlockRecv]: 'chan receive',
  [V1.GoBlockSelect]: 'select',
  [V1.GoBlockSync]: 'sync',
  [V1.GoBlockCond]: 'sync.(*Cond).Wait',
  [V1.GoBlockNet]: 'network',
  [V1.GoBlockGC]: 'GC mark assist wait for work',
};

/** False: the event is not about a goroutine's or a proc's state. */
export function advanceGoroutine(c: Converter, type: number): boolean {
  const rule = RULES[type];
  if (rule === undefined) return false;
  rule(c, type);
  return true;
}

/** User code runs: the event's goroutine, on its proc. */
function checkRunning(c: Converter, mayBeNone: boolean): void {
  if (c.state[c.g + 1] !== RunState.running) {
    c.violate(`g ${c.goId(c.g)} is not running while ${c.name()}`);
  } else if (c.procGoroutine[c.scanProc] !== c.g) {
    c.violate(`p ${c.procId(c.scanProc)} is not running g ${c.goId(c.g)} while ${c.name()}`);
  } else if (!mayBeNone && c.g < 0) c.violate(`g 0 did ${c.name()}`);
}

/** A row of the event at hand's goroutine, or another. */
function push(c: Converter, time: number, g: number, state: number, a: number, b: number): void {
  if (g < 0) return;
  if (c.isCreated[g + 1] === 0) {
    // Only where events are missing.
    c.isCreated[g + 1] = 1;
    c.builder.addGoroutine(g, time, 0, -1, 0);
  }
  c.builder.goroutineStates.push(time, g, state, a, b);
}

/** A goroutine that was there before the trace shows its state. */
function introduce(c: Converter, state: GoState, a: number, b: number): void {
  const { found } = c;
  const startStack = found?.get(c.g) ?? 0;
  found?.delete(c.g);
  const time = c.deliver(EventType.GoStatus, 0, c.g, state << 8);
  if (c.g < 0) return;
  c.isCreated[c.g + 1] = 1;
  c.builder.addGoroutine(c.g, time, startStack, -1, 0);
  c.builder.goroutineStates.push(time, c.g, stateRow(state, GoCause.status), a, b);
}

/** The first Gomaxprocs: what has not shown its state by now is runnable. */
export function endIntroductions(c: Converter): void {
  for (const [g, startStack] of c.found ?? []) {
    const time = c.deliverAt(EventType.GoStatus, c.time, -1, -1, -1, 0, g, GoState.runnable << 8);
    if (g < 0) continue;
    c.builder.addGoroutine(g, time, startStack, -1, 0);
    const state = stateRow(GoState.runnable, GoCause.status);
    c.builder.goroutineStates.push(time, g, state, -1, 0);
  }
  c.found = undefined;
}

function create(c: Converter): void {
  checkRunning(c, true);
  const target = c.events.target[c.row];
  const slot = target + 1;
  if (c.isCreated[slot] === 1) c.violate(`g ${c.goId(target)} already exists`);
  c.isCreated[slot] = 1;
  c.state[slot] = RunState.runnable;
  c.isNetworkBlock[slot] = 0;
  const startStack = startStackOf(c);
  if (c.found !== undefined) {
    c.found.set(target, startStack);
    return;
  }
  const stack = c.stack();
  const time = c.deliver(EventType.GoCreate, stack, target, startStack);
  if (target < 0) return;
  c.builder.addGoroutine(target, time, startStack, c.g, stack);
  c.builder.goroutineStates.push(time, target, CREATED, c.g, stack);
}

/** Go before 1.7 names where a goroutine starts by its program counter. */
function startStackOf(c: Converter): number {
  if (c.version >= 7) return c.stackArgument(1);
  c.argument(1);
  const { stacks } = c.builder;
  const { lo, hi } = c.args;
  // Stacks hold return addresses, one past the call.
  const isCarried = lo === 0xffffffff;
  const pc = stacks.pcs.intern(isCarried ? 0 : lo + 1, isCarried ? hi + 1 : hi);
  return stacks.intern(Uint32Array.of(stacks.internFrame(pc, 0, 0, 0)), 1);
}

function start(c: Converter, type: number): void {
  const { g, scanProc } = c;
  if (c.state[g + 1] !== RunState.runnable) {
    c.violate(`g ${c.goId(g)} is not runnable before start`);
  }
  const other = c.procGoroutine[scanProc];
  if (other >= 0) {
    const what = `already running g ${c.goId(other)} while start g ${c.goId(g)}`;
    c.violate(`p ${c.procId(scanProc)} is ${what}`);
    // Its end is missing.
    push(c, Math.max(c.time, c.lastTime), other, GoState.undetermined, -1, 0);
    c.state[other + 1] = RunState.dead;
  }
  c.state[g + 1] = RunState.running;
  c.isNetworkBlock[g + 1] = 0;
  c.procGoroutine[scanProc] = g;
  if (c.found !== undefined && type !== V1.GoStartLabel) {
    introduce(c, GoState.running, c.p, c.m);
    return;
  }
  const time = c.deliver(EventType.GoStart, 0, g, 0);
  push(c, time, g, STARTED, c.p, c.m);
  if (type !== V1.GoStartLabel) return;
  const label = c.stringArgument(2);
  c.builder.labels.push(c.deliver(EventType.GoLabel, 0, label, 0), g, label);
}

function stop(c: Converter, type: number): void {
  checkRunning(c, false);
  const { g } = c;
  const isStop = type === V1.GoSched || type === V1.GoPreempt;
  if (isStop) c.state[g + 1] = RunState.runnable;
  else c.state[g + 1] = type === V1.GoStop ? RunState.dead : RunState.waiting;
  c.isNetworkBlock[g + 1] = type === V1.GoBlockNet ? 1 : 0;
  leaveProc(c);
  const reason = c.reasonOf(type);
  const stack = c.stack();
  const time = c.deliver(isStop ? EventType.GoStop : EventType.GoBlock, stack, reason, 0);
  push(c, time, g, isStop ? STOPPED : BLOCKED, reason, stack);
  if (g >= 0) c.builder.sawStack(g, stack);
}

function leaveProc(c: Converter): void {
  c.procGoroutine[c.scanProc] = -1;
  // The pseudo-goroutine 0 always counts as running.
  c.state[0] = RunState.running;
}

function end(c: Converter): void {
  checkRunning(c, false);
  const { g } = c;
  c.state[g + 1] = RunState.dead;
  leaveProc(c);
  const time = c.deliver(EventType.GoDestroy, 0, 0, 0);
  if (g < 0) return;
  c.openRegions[g + 1] = undefined;
  c.builder.endGoroutine(g, time);
}

function unblock(c: Converter): void {
  const { g, scanProc } = c;
  const target = c.events.target[c.row];
  const isTimer = c.isTimer[g + 1] === 1;
  if (c.state[g + 1] !== RunState.running) {
    c.violate(`g ${c.goId(g)} is not running while unpark`);
  } else if (!isTimer && c.procGoroutine[scanProc] !== g) {
    c.violate(`p ${c.procId(scanProc)} is not running g ${c.goId(g)} while unpark`);
  }
  if (c.state[target + 1] !== RunState.waiting) {
    c.violate(`g ${c.goId(target)} is not waiting before unpark`);
  }
  if (isTimer) c.moveTo(FakeProc.timer);
  if (c.isNetworkBlock[target + 1] === 1) c.moveTo(FakeProc.network);
  c.state[target + 1] = RunState.runnable;
  c.isNetworkBlock[target + 1] = 0;
  const stack = c.stack();
  const time = c.deliver(EventType.GoUnblock, stack, target, 0);
  push(c, time, target, UNBLOCKED, g, stack);
}

function sysCall(c: Converter): void {
  checkRunning(c, false);
  const { g, p, m } = c;
  c.isNetworkBlock[g + 1] = 0;
  const stack = c.stack();
  c.syscallStack[g + 1] = stack;
  const time = c.deliver(EventType.GoSyscallBegin, stack, 0, 0);
  push(c, time, g, SYSCALL_BEGIN, m, stack);
  if (g >= 0) c.builder.sawStack(g, stack);
  if (c.isBlocking[c.row] === 1) {
    if (p >= 0) c.builder.procStates.push(time, p, ProcState.syscall, m, -1);
    return;
  }
  c.time++;
  push(c, c.deliver(EventType.GoSyscallEnd, 0, 0, 0), g, SYSCALL_END, p, m);
}

/** The proc goes on without the goroutine. Go's reader makes no event of it. */
function sysBlock(c: Converter): void {
  checkRunning(c, false);
  const { g, p, m } = c;
  c.state[g + 1] = RunState.waiting;
  leaveProc(c);
  const time = Math.max(c.time, c.lastTime);
  push(c, time, g, PROC_LOST, m, c.syscallStack[g + 1]);
  if (p >= 0 && c.procIsRunning[c.scanProc] === 1) {
    c.builder.procStates.push(time, p, ProcState.running, m, -1);
  }
}

function sysExit(c: Converter): void {
  const { g } = c;
  if (c.state[g + 1] !== RunState.waiting) {
    c.violate(`g ${c.goId(g)} is not waiting during syscall exit`);
  }
  c.moveTo(FakeProc.syscall);
  c.state[g + 1] = RunState.runnable;
  c.isNetworkBlock[g + 1] = 0;
  push(c, c.deliver(EventType.GoSyscallEndBlocked, 0, 0, 0), g, SYSCALL_END_BLOCKED, -1, 0);
}

function waiting(c: Converter, type: number): void {
  if (c.state[c.g + 1] !== RunState.runnable) {
    c.violate(`g ${c.goId(c.g)} is not runnable before Ev${c.name()}`);
  }
  c.state[c.g + 1] = RunState.waiting;
  c.isNetworkBlock[c.g + 1] = 0;
  if (type === V1.GoWaiting) introduce(c, GoState.waiting, 0, 0);
  else introduce(c, GoState.syscall, -1, 0);
}

function procStart(c: Converter): void {
  const { scanProc, builder } = c;
  if (c.procIsRunning[scanProc] === 1) {
    c.violate(`p ${c.procId(scanProc)} is running before start`);
  }
  c.procIsRunning[scanProc] = 1;
  c.argument(0);
  c.m = builder.threadIds.intern(c.args.lo, c.args.hi);
  c.procThread[scanProc] = c.m;
  const isKnown = c.procIsSeen[scanProc] === 1;
  c.procIsSeen[scanProc] = 1;
  const time = isKnown
    ? c.deliver(EventType.ProcStart, 0, c.p, 0)
    : c.deliver(EventType.ProcStatus, 0, c.p, ProcState.running << 8);
  if (c.p >= 0) builder.procStates.push(time, c.p, ProcState.running, c.m, -1);
}

function procStop(c: Converter): void {
  const { scanProc } = c;
  if (c.procIsRunning[scanProc] === 0) {
    c.violate(`p ${c.procId(scanProc)} is not running before stop`);
  }
  const running = c.procGoroutine[scanProc];
  if (running >= 0) {
    const what = `running a goroutine ${c.goId(running)} during stop`;
    c.violate(`p ${c.procId(scanProc)} is ${what}`);
    push(c, Math.max(c.time, c.lastTime), running, GoState.undetermined, -1, 0);
    c.procGoroutine[scanProc] = -1;
  }
  c.procIsRunning[scanProc] = 0;
  const isKnown = c.procIsSeen[scanProc] === 1;
  c.procIsSeen[scanProc] = 1;
  const time = isKnown
    ? c.deliver(EventType.ProcStop, 0, 0, 0)
    : c.deliver(EventType.ProcStatus, 0, c.p, ProcState.idle << 8);
  c.procThread[scanProc] = -1;
  if (c.p >= 0) c.builder.procStates.push(time, c.p, ProcState.idle, -1, -1);
}

const RULES: readonly (((c: Converter, type: number) => void) | undefined)[] = Array.from(
  { length: 64 },
  (_, type) => {
    switch (type) {
      case V1.GoStart:
      case V1.GoStartLocal:
      case V1.GoStartLabel:
        return start;
      case V1.GoUnblock:
      case V1.GoUnblockLocal:
        return unblock;
      case V1.GoSysCall:
        return sysCall;
      case V1.GoSysBlock:
        return sysBlock;
      case V1.GoSysExit:
      case V1.GoSysExitLocal:
        return sysExit;
      case V1.GoCreate:
        return create;
      case V1.GoWaiting:
      case V1.GoInSyscall:
        return waiting;
      case V1.GoEnd:
        return end;
      case V1.ProcStart:
        return procStart;
      case V1.ProcStop:
        return procStop;
      default:
        return REASONS[type] === undefined ? undefined : stop;
    }
  },
);
