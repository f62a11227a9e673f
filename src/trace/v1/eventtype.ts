/**
 * Event types of the v1 wire format: numbers, names and arguments by version, as in Go 1.26's
 * internal/trace/internal/tracev1/parser.go and, for the versions before 1.11, Go 1.21's
 * internal/trace/parser.go.
 */

export const V1 = {
  Batch: 1,
  Frequency: 2,
  Stack: 3,
  Gomaxprocs: 4,
  ProcStart: 5,
  ProcStop: 6,
  GCStart: 7,
  GCDone: 8,
  STWStart: 9,
  STWDone: 10,
  GCSweepStart: 11,
  GCSweepDone: 12,
  GoCreate: 13,
  GoStart: 14,
  GoEnd: 15,
  GoStop: 16,
  GoSched: 17,
  GoPreempt: 18,
  GoSleep: 19,
  GoBlock: 20,
  GoUnblock: 21,
  GoBlockSend: 22,
  GoBlockRecv: 23,
  GoBlockSelect: 24,
  GoBlockSync: 25,
  GoBlockCond: 26,
  GoBlockNet: 27,
  GoSysCall: 28,
  GoSysExit: 29,
  GoSysBlock: 30,
  GoWaiting: 31,
  GoInSyscall: 32,
  HeapAlloc: 33,
  HeapGoal: 34,
  TimerGoroutine: 35,
  FutileWakeup: 36,
  String: 37,
  GoStartLocal: 38,
  GoUnblockLocal: 39,
  GoSysExitLocal: 40,
  GoStartLabel: 41,
  GoBlockGC: 42,
  GCMarkAssistStart: 43,
  GCMarkAssistDone: 44,
  UserTaskCreate: 45,
  UserTaskEnd: 46,
  UserRegion: 47,
  UserLog: 48,
  CPUSample: 49,
} as const;

export const V1_TYPES = 50;

/** First version and arguments of each type, in the order of its number; `~`: a stack comes last. */
const SPECS: readonly (readonly [name: string, since: number, args: string])[] = [
  ['None', 99, ''],
  ['Batch', 5, 'p ticks'],
  ['Frequency', 5, 'freq'],
  ['Stack', 5, 'id siz'],
  ['Gomaxprocs', 5, 'procs ~'],
  ['ProcStart', 5, 'thread'],
  ['ProcStop', 5, ''],
  ['GCStart', 5, 'seq ~'],
  ['GCDone', 5, ''],
  ['STWStart', 5, 'kindid'],
  ['STWDone', 5, ''],
  ['GCSweepStart', 5, '~'],
  ['GCSweepDone', 5, 'swept reclaimed'],
  ['GoCreate', 5, 'g stack ~'],
  ['GoStart', 5, 'g seq'],
  ['GoEnd', 5, ''],
  ['GoStop', 5, '~'],
  ['GoSched', 5, '~'],
  ['GoPreempt', 5, '~'],
  ['GoSleep', 5, '~'],
  ['GoBlock', 5, '~'],
  ['GoUnblock', 5, 'g seq ~'],
  ['GoBlockSend', 5, '~'],
  ['GoBlockRecv', 5, '~'],
  ['GoBlockSelect', 5, '~'],
  ['GoBlockSync', 5, '~'],
  ['GoBlockCond', 5, '~'],
  ['GoBlockNet', 5, '~'],
  ['GoSysCall', 5, '~'],
  ['GoSysExit', 5, 'g seq ts'],
  ['GoSysBlock', 5, ''],
  ['GoWaiting', 5, 'g'],
  ['GoInSyscall', 5, 'g'],
  ['HeapAlloc', 5, 'mem'],
  ['HeapGoal', 5, 'mem'],
  ['TimerGoroutine', 5, 'g'],
  ['FutileWakeup', 5, ''],
  ['String', 7, ''],
  ['GoStartLocal', 7, 'g'],
  ['GoUnblockLocal', 7, 'g ~'],
  ['GoSysExitLocal', 7, 'g ts'],
  ['GoStartLabel', 8, 'g seq labelid'],
  ['GoBlockGC', 8, '~'],
  ['GCMarkAssistStart', 9, '~'],
  ['GCMarkAssistDone', 9, ''],
  ['UserTaskCreate', 11, 'taskid pid typeid ~'],
  ['UserTaskEnd', 11, 'taskid ~'],
  ['UserRegion', 11, 'taskid mode typeid ~'],
  ['UserLog', 11, 'id keyid ~'],
  ['CPUSample', 19, 'ts p g ~'],
];

export interface V1Layout {
  /** What comes before an event's own arguments: the time step and, in Go 1.5, a sequence step. */
  readonly steps: number;
  /** Arguments of each type with its steps and its stack; 0: the version has no such type. */
  readonly argCount: Uint8Array;
  /** 1: the last argument is the event's stack. */
  readonly hasStack: Uint8Array;
}

/** Types that are not events: no time step comes with them. */
const UNTIMED: readonly number[] = [V1.Batch, V1.Frequency, V1.TimerGoroutine];

export function layoutOf(version: number): V1Layout {
  const isOldest = version < 7;
  const steps = isOldest ? 2 : 1;
  const argCount = new Uint8Array(64);
  const hasStack = new Uint8Array(64);
  SPECS.forEach(([, since, text], type) => {
    if (since > version) return;
    const args = text === '' ? 0 : text.split(' ').length;
    hasStack[type] = text.endsWith('~') ? 1 : 0;
    if (UNTIMED.includes(type)) argCount[type] = args + (isOldest ? 1 : 0);
    else argCount[type] = args + steps - addedLater(type, version);
  });
  return { steps, argCount, hasStack };
}

/** How many arguments of a type came with a later version. */
function addedLater(type: number, version: number): number {
  if (type === V1.GCSweepDone) return version < 9 ? 2 : 0;
  if (type === V1.STWStart) return version < 10 ? 1 : 0;
  const isSequenced = type === V1.GCStart || type === V1.GoStart || type === V1.GoUnblock;
  return isSequenced && version < 7 ? 1 : 0;
}

/** The name in the words of a version's reader. */
export function v1Name(type: number, version: number): string {
  const name = SPECS[type]?.[0] ?? `Invalid(${type})`;
  return version >= 11 && name.startsWith('STW') ? `GC${name}` : name;
}

/** Names of the arguments, without the stack. */
export function v1Args(type: number): readonly string[] {
  return (SPECS[type]?.[2] ?? '').split(' ').filter((name) => name !== '' && name !== '~');
}
