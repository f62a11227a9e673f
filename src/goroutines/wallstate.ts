/**
 * What a goroutine of one poll was doing, at the three levels of the goroutine endpoint.
 *
 * debug=2 says it outright. debug=0 shows the runtime's frames: who is parked stands in
 * runtime.gopark, above the reason. debug=1 hides these frames, but not their addresses, and an
 * address has the name that an earlier debug=0 gave it. No level tells executing from runnable:
 * goroutines that are on a CPU are stopped to be looked at, and are runnable then (`ready` here).
 *
 * Sources: printStackRecord of Go's runtime/pprof/pprof.go (which frames are hidden),
 * goroutineProfileWithLabelsConcurrent of runtime/mprof.go, Go 1.19 to 1.27.
 */
import type { Profile } from '../profile/profile.ts';
import { stateFamily } from './cluster.ts';
import { type Frame, framesOf, type GoroutineTable } from './table.ts';

/** `ready`: executing or runnable. */
export type PolledState = 'ready' | 'waiting' | 'syscall' | 'unknown';

export interface Polled {
  readonly state: PolledState;
  /** The runtime's words: `chan receive`; '' = it is not waiting, or the level does not say. */
  readonly reason: string;
}

/** Function names by address, innermost first; addresses as debug=1 prints them. */
export type AddressNames = ReadonlyMap<string, readonly string[]>;

/** Names of a profile's addresses. A stack of debug=1 holds return addresses, one further on. */
export function addressNamesOf({ locations, functions, strings }: Profile): AddressNames {
  const names = new Map<string, readonly string[]>();
  for (let location = 0; location < locations.length; location++) {
    const lines: string[] = [];
    for (let i = locations.lineStart[location]; i < locations.lineStart[location + 1]; i++) {
      const index = locations.lineFunction[i];
      if (index >= 0) lines.push(strings[functions.name[index]]);
    }
    const address = locations.address[location];
    names.set(`0x${(address + 1n).toString(16)}`, lines);
    if (!names.has(`0x${address.toString(16)}`)) names.set(`0x${address.toString(16)}`, lines);
  }
  return names;
}

/** Deep enough for the park, its caller and the reason. */
const LEAVES = 6;

/** The first addresses of each record of a debug=1 text, in the order of its rows. */
export function leafAddressesOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\d+ @((?: 0x[0-9a-f]+)*)/gm)].map(([, list = '']) =>
    list.split(' ').filter(Boolean).slice(0, LEAVES),
  );
}

/** A row of debug=2. */
export function stateOfHeader(state: string): Polled {
  switch (stateFamily(state)) {
    case 'unknown':
      return { state: 'unknown', reason: '' };
    case 'running':
    case 'runnable':
      return { state: 'ready', reason: '' };
    case 'syscall':
      return { state: 'syscall', reason: '' };
    default:
      return { state: 'waiting', reason: state };
  }
}

const SYSCALL =
  /^((internal\/runtime\/|runtime\/internal\/)?syscall\.(Raw)?Syscall|syscall\.(rawS|s)yscall|internal\/runtime\/syscall\.|runtime\.(cgocall|notetsleepg|asmcgocall)$|os\/signal\.signal_recv$)/;

/** What stands above runtime.gopark, and how debug=2 would call it. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^runtime\.chanrecv/, 'chan receive'],
  [/^runtime\.chansend/, 'chan send'],
  [/^runtime\.(selectgo|block)$/, 'select'],
  [/^runtime\.netpollblock$/, 'IO wait'],
  [/^(runtime\.timeSleep|time\.Sleep)$/, 'sleep'],
  [/^sync\.runtime_SemacquireMutex$|^internal\/sync\.runtime_SemacquireMutex$/, 'sync.Mutex.Lock'],
  [/^sync\.runtime_SemacquireRWMutexR?Lock$|^sync\.runtime_SemacquireRWMutex/, 'sync.RWMutex'],
  [/^sync\.runtime_SemacquireWaitGroup$/, 'sync.WaitGroup.Wait'],
  [/^sync\.runtime_notifyListWait$/, 'sync.Cond.Wait'],
];

/**
 * A row of debug=0 or debug=1 by its leading function names, leaf first: those of the runtime, then
 * the first that are not. Without any, it has not run yet.
 */
export function stateOfLeaves(names: readonly string[]): Polled {
  const isParked = names[0] === 'runtime.gopark' || names[0] === 'runtime.goparkunlock';
  if (isParked) {
    for (const name of names.slice(1)) {
      const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
      if (reason !== undefined) return { state: 'waiting', reason };
    }
    return { state: 'waiting', reason: names.includes('runtime.semacquire1') ? 'semacquire' : '' };
  }
  const inSyscall = names.slice(0, 2).some((name) => SYSCALL.test(name));
  return { state: inSyscall ? 'syscall' : 'ready', reason: '' };
}

/**
 * A table whose rows say their states where the runtime's frames do, in the words of debug=2: those
 * of a protobuf profile. What says its state itself, or hides these frames, stays as it is.
 */
export function withStates(table: GoroutineTable): GoroutineTable {
  const headers = [...table.headers];
  const added = new Map<string, number>();
  const header = table.header.map((of, row) => {
    const known = table.headers[of];
    const names = framesOf(table, table.stack[row]).map((frame) => frame.function);
    if (known.state !== '' || !RUNTIME.test(names[0] ?? '')) return of;
    const { state: polled, reason } = stateOfLeaves(names);
    const state = polled === 'ready' ? 'runnable' : reason === '' ? polled : reason;
    const key = `${of} ${state}`;
    const index = added.get(key) ?? headers.push({ ...known, state }) - 1;
    added.set(key, index);
    return index;
  });
  return { ...table, header, headers };
}

const RUNTIME = /^(runtime|internal\/runtime\/\w+|runtime\/internal\/\w+)\./;

/**
 * The frames that every level has: without the runtime's at the leaf, and without those in which
 * every goroutine begins. A stack of nothing but the runtime stays whole.
 */
export function visibleFrames(table: GoroutineTable, stack: number): readonly Frame[] {
  const frames = framesOf(table, stack);
  const from = frames.findIndex(({ function: name }) => !RUNTIME.test(name));
  if (from < 0) return frames;
  let to = frames.length;
  while (/^runtime\.(goexit|main)$/.test(frames[to - 1]?.function ?? '')) to--;
  return frames.slice(from, to);
}

/**
 * What a goroutine has to do with the poll itself: it writes the answer, reads on behind the request
 * (one does for each request that is being served), or has not begun, as that one at first.
 */
export type PollRole = 'answers' | 'reads' | 'begins' | 'none';

export function pollRole(frames: readonly Frame[]): PollRole {
  if (isPolling(frames)) return 'answers';
  if (frames.length === 0 || frames[0].function.startsWith('0x')) return 'begins';
  const reads = frames.some(({ function: name }) =>
    /^net\/http\.\(\*connReader\)\.(startBackgroundRead|backgroundRead)/.test(name),
  );
  return reads ? 'reads' : 'none';
}

/** Whoever writes the answer to a poll is no part of the program. */
export function isPolling(frames: readonly Frame[]): boolean {
  return frames.some(({ function: name }) => name.startsWith('runtime/pprof.writeGoroutine'));
}
