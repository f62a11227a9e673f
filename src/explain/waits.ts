/**
 * Why a goroutine waits, told by the leaf of its stack: what the runtime calls to park it.
 *
 * Names are those of Go 1.19 to 1.26 (runtime, sync, internal/sync, internal/poll). A table of
 * facts about Go; it knows no program.
 */
import type { Frame } from './frames.ts';

export type WaitKind =
  | 'send'
  | 'receive'
  | 'select'
  | 'lock'
  | 'wait-group'
  | 'condition'
  | 'sleep'
  | 'io'
  | 'forever'
  | 'running';

const WAITS: readonly (readonly [RegExp, WaitKind])[] = [
  [/^(internal\/)?sync\.\(\*(RW)?Mutex\)\.(Lock|RLock|lockSlow|rLockSlow)$/, 'lock'],
  [/^sync\.runtime_Semacquire(RW)?Mutex|^internal\/sync\.runtime_SemacquireMutex/, 'lock'],
  [/^sync\.\(\*WaitGroup\)\.Wait$/, 'wait-group'],
  [/^sync\.\(\*Cond\)\.Wait$/, 'condition'],
  [/^time\.Sleep$/, 'sleep'],
  [/^runtime\.chansend/, 'send'],
  [/^runtime\.chanrecv/, 'receive'],
  [/^runtime\.selectgo$/, 'select'],
  [/^runtime\.block$/, 'forever'],
  [
    /^runtime\.netpollblock$|^internal\/poll\.runtime_pollWait$|^syscall\.|^internal\/runtime\/syscall\./,
    'io',
  ],
];

/** What parks the goroutine; `running` when nothing in the table does. */
export function waitOf(stack: readonly Frame[]): WaitKind {
  for (const frame of stack) {
    if (frame.origin === 'own' || frame.origin === 'dependency') break;
    const kind = WAITS.find(([pattern]) => pattern.test(frame.function))?.[1];
    if (kind !== undefined) return kind;
  }
  return 'running';
}

/** What dumps write in brackets (runtime/runtime2.go, waitReasonStrings, Go 1.5 to 1.27). */
const STATES: readonly (readonly [RegExp, WaitKind])[] = [
  [/^chan send/, 'send'],
  [/^chan receive/, 'receive'],
  [/^select \(no cases\)$/, 'forever'],
  [/^select$/, 'select'],
  [/^sync\.(RW)?Mutex\./, 'lock'],
  [/^sync\.WaitGroup\.Wait$/, 'wait-group'],
  [/^sync\.Cond\.Wait$/, 'condition'],
  [/^sleep$/, 'sleep'],
  [/^(IO wait|syscall)$/, 'io'],
  [/^(running|runnable|preempted)$/, 'running'],
];

/**
 * By the state of a dump; undefined when it does not say, as `semacquire` of older versions, which
 * stands for locks and wait groups alike: then the stack does.
 */
export function waitOfState(state: string): WaitKind | undefined {
  return STATES.find(([pattern]) => pattern.test(state))?.[1];
}

interface WaitText {
  /** Completes "… goroutines …". */
  readonly what: string;
  readonly fix: string;
}

export const WAIT_TEXT: Readonly<Record<WaitKind, WaitText>> = {
  send: {
    what: 'wait to send on a channel that nobody receives from',
    fix: 'Make the send end without a receiver: give the channel a buffer for every sender, or select on ctx.Done() beside the send.',
  },
  receive: {
    what: 'wait to receive from a channel',
    fix: 'Let the loop end: close the channel when its sender is done, or select on ctx.Done() beside the receive; a Ticker’s channel is never closed, so that ranging over it never ends.',
  },
  select: {
    what: 'wait in a select',
    fix: 'Give the select a case that ends the goroutine (ctx.Done(), a closed channel), and make sure that its owner triggers it.',
  },
  lock: {
    what: 'wait for a lock',
    fix: 'Find who holds the lock for so long or never unlocks it, and release it on every path (defer).',
  },
  'wait-group': {
    what: 'wait for a WaitGroup',
    fix: 'Make sure that Done is called on every path (defer wg.Done()), and that the goroutines it waits for end.',
  },
  condition: {
    what: 'wait for a condition',
    fix: 'Signal or Broadcast after every change that the waiters look for, and on shutdown.',
  },
  sleep: {
    what: 'sleep in a loop',
    fix: 'Give the loop an end: a context that is cancelled when its owner goes away, checked beside a timer instead of time.Sleep.',
  },
  io: {
    what: 'wait for the network or a file',
    fix: 'Set a deadline or a context on the operation, and close what is no longer needed.',
  },
  forever: {
    what: 'wait forever in an empty select',
    fix: 'Replace select {} by waiting for a context or a channel that ends the goroutine.',
  },
  running: {
    what: 'run',
    fix: 'Bound how many are started (a worker pool, errgroup.SetLimit), and give each an end.',
  },
};
