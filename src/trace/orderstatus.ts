/** Statuses, and the state rows that events lead to: what the rules of the ordering are written in. */
import { GoCause, GoState, ProcState } from './statetrack.ts';

/** What becomes of an event that is next on its thread. */
export const Advance = { no: 0, yes: 1, broken: 2 } as const;

/** Statuses of the wire plus one, so that 0 is "there is none". */
export const Status = {
  none: 0,
  goRunnable: 2,
  goRunning: 3,
  goSyscall: 4,
  goWaiting: 5,
  procRunning: 2,
  procIdle: 3,
  procSyscall: 4,
  procSyscallAbandoned: 5,
} as const;

export const LAST_STATUS = 4;
/** Go's state of a wire status: bad, runnable, running, syscall, waiting; for procs likewise. */
export const GO_STATE = [0, GoState.runnable, GoState.running, GoState.syscall, GoState.waiting];
export const PROC_STATE = [0, ProcState.running, ProcState.idle, ProcState.running, ProcState.idle];
export const STATUS_NAMES = ['Bad', 'Bad', 'Runnable', 'Running', 'Syscall', 'Waiting'];
export const PROC_STATUS_NAMES = ['Bad', 'Bad', 'Running', 'Idle', 'Syscall', 'Bad'];

export const row = (state: number, cause: number) => state | (cause << 3);
export const CREATED = row(GoState.runnable, GoCause.created);
export const CREATED_BLOCKED = row(GoState.waiting, GoCause.created);
export const CREATED_SYSCALL = row(GoState.syscall, GoCause.created);
export const STARTED = row(GoState.running, GoCause.started);
export const UNBLOCKED = row(GoState.runnable, GoCause.unblocked);
export const STOPPED = row(GoState.runnable, GoCause.stopped);
export const BLOCKED = row(GoState.waiting, GoCause.blocked);
export const SYSCALL_BEGIN = row(GoState.syscall, GoCause.syscallBegin);
export const SYSCALL_END = row(GoState.running, GoCause.syscallEnd);
export const SYSCALL_END_BLOCKED = row(GoState.runnable, GoCause.syscallEndBlocked);
export const PROC_LOST = row(GoState.syscall, GoCause.procLost);
export const SWITCHED_AWAKE = row(GoState.runnable, GoCause.switched);
export const SWITCHED_OUT = row(GoState.waiting, GoCause.switched);
export const SWITCHED_IN = row(GoState.running, GoCause.switched);
