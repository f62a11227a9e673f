/**
 * Event types of the v2 wire format: numbers, names, arguments, as in Go 1.26's
 * internal/trace/tracev2/events.go. v1 events are mapped to the same types.
 */

/** What a type's arguments are; the first argument of a timed event, the time step, is left out. */
export interface EventSpec {
  readonly name: string;
  /** Names of the arguments after the time step. */
  readonly args: readonly string[];
  /** Bit i: argument i is a string id, or a stack id. */
  readonly strings: number;
  readonly stacks: number;
  /** Position of the stack of the context in which the event happened; -1 = it has none. */
  readonly stack: number;
  readonly isTimed: boolean;
}

export const EventType = {
  none: 0,
  EventBatch: 1,
  Stacks: 2,
  Stack: 3,
  Strings: 4,
  String: 5,
  CPUSamples: 6,
  CPUSample: 7,
  Frequency: 8,
  ProcsChange: 9,
  ProcStart: 10,
  ProcStop: 11,
  ProcSteal: 12,
  ProcStatus: 13,
  GoCreate: 14,
  GoCreateSyscall: 15,
  GoStart: 16,
  GoDestroy: 17,
  GoDestroySyscall: 18,
  GoStop: 19,
  GoBlock: 20,
  GoUnblock: 21,
  GoSyscallBegin: 22,
  GoSyscallEnd: 23,
  GoSyscallEndBlocked: 24,
  GoStatus: 25,
  STWBegin: 26,
  STWEnd: 27,
  GCActive: 28,
  GCBegin: 29,
  GCEnd: 30,
  GCSweepActive: 31,
  GCSweepBegin: 32,
  GCSweepEnd: 33,
  GCMarkAssistActive: 34,
  GCMarkAssistBegin: 35,
  GCMarkAssistEnd: 36,
  HeapAlloc: 37,
  HeapGoal: 38,
  GoLabel: 39,
  UserTaskBegin: 40,
  UserTaskEnd: 41,
  UserRegionBegin: 42,
  UserRegionEnd: 43,
  UserLog: 44,
  GoSwitch: 45,
  GoSwitchDestroy: 46,
  GoCreateBlocked: 47,
  GoStatusStack: 48,
  ExperimentalBatch: 49,
  Sync: 50,
  ClockSnapshot: 51,
  EndOfGeneration: 52,
  Span: 128,
  SpanAlloc: 129,
  SpanFree: 130,
  HeapObject: 131,
  HeapObjectAlloc: 132,
  HeapObjectFree: 133,
  GoroutineStack: 134,
  GoroutineStackAlloc: 135,
  GoroutineStackFree: 136,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** The Sync event that Go's reader delivers is of no wire type of its own; it has the batch's. */
export const EVENT_SYNC = EventType.Sync;

/** Timed events and their arguments; `~` marks the context's stack, `$` another stack, `"` a string. */
const TIMED: Readonly<Record<string, string>> = {
  ProcsChange: 'procs_value ~stack',
  ProcStart: 'p p_seq',
  ProcStop: '',
  ProcSteal: 'p p_seq m',
  ProcStatus: 'p pstatus',
  GoCreate: 'new_g $new_stack ~stack',
  GoCreateSyscall: 'new_g',
  GoStart: 'g g_seq',
  GoDestroy: '',
  GoDestroySyscall: '',
  GoStop: '"reason_string ~stack',
  GoBlock: '"reason_string ~stack',
  GoUnblock: 'g g_seq ~stack',
  GoSyscallBegin: 'p_seq ~stack',
  GoSyscallEnd: '',
  GoSyscallEndBlocked: '',
  GoStatus: 'g m gstatus',
  STWBegin: '"kind_string ~stack',
  STWEnd: '',
  GCActive: 'gc_seq',
  GCBegin: 'gc_seq ~stack',
  GCEnd: 'gc_seq',
  GCSweepActive: 'p',
  GCSweepBegin: '~stack',
  GCSweepEnd: 'swept_value reclaimed_value',
  GCMarkAssistActive: 'g',
  GCMarkAssistBegin: '~stack',
  GCMarkAssistEnd: '',
  HeapAlloc: 'heapalloc_value',
  HeapGoal: 'heapgoal_value',
  GoLabel: '"label_string',
  UserTaskBegin: 'task parent_task "name_string ~stack',
  UserTaskEnd: 'task ~stack',
  UserRegionBegin: 'task "name_string ~stack',
  UserRegionEnd: 'task "name_string ~stack',
  UserLog: 'task "key_string "value_string ~stack',
  GoSwitch: 'g g_seq',
  GoSwitchDestroy: 'g g_seq',
  GoCreateBlocked: 'new_g $new_stack ~stack',
  GoStatusStack: 'g m gstatus ~stack',
  ClockSnapshot: 'mono sec nsec',
  Span: 'id npages_value kindclass',
  SpanAlloc: 'id npages_value kindclass',
  SpanFree: 'id',
  HeapObject: 'id type',
  HeapObjectAlloc: 'id type',
  HeapObjectFree: 'id',
  GoroutineStack: 'id order',
  GoroutineStackAlloc: 'id order',
  GoroutineStackFree: 'id',
};

function specOf(name: string): EventSpec {
  const text = TIMED[name];
  const args = text === undefined || text === '' ? [] : text.split(' ');
  const bits = (marks: string) =>
    args.reduce((mask, arg, i) => (marks.includes(arg.charAt(0)) ? mask | (1 << i) : mask), 0);
  return {
    name,
    args: args.map((arg) => arg.replace(/^["~$]/, '')),
    strings: bits('"'),
    stacks: bits('~$'),
    stack: args.findIndex((arg) => arg.startsWith('~')),
    isTimed: text !== undefined,
  };
}

/** By type number; undefined where there is no such type. */
export const EVENT_SPECS: readonly (EventSpec | undefined)[] = (() => {
  const specs: (EventSpec | undefined)[] = new Array(256).fill(undefined);
  for (const [name, type] of Object.entries(EventType)) {
    if (type !== EventType.none) specs[type] = specOf(name);
  }
  return specs;
})();

/** The name of an event type as Go prints it. */
export function eventName(type: number): string {
  return EVENT_SPECS[type]?.name ?? `Invalid(${type})`;
}
