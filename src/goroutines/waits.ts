/**
 * Who waits for which lock, channel or wait group, by the addresses among the arguments.
 *
 * What is fact: a goroutine in sync.(*Mutex).lockSlow(0xc000012080) waits for the mutex there. The
 * address is the receiver of a function of package sync, the semaphore within it, or the channel of
 * runtime.chansend, which only dumps of a signal or a fatal error show. `?` behind an address means
 * that it may be stale; it is not used. What is inference (who holds the lock) is in holders.ts.
 */
import type { FrameArguments } from './arguments.ts';
import { allRows, type Frame, frameAt, type GoroutineTable, type Rows } from './table.ts';

export type ResourceKind = 'mutex' | 'rwmutex' | 'wait group' | 'condition' | 'channel';

/** A goroutine that waits for a resource. */
export interface Waiter {
  readonly row: number;
  readonly id: number;
  /** `chan send`, `sync.Mutex.Lock` … */
  readonly state: string;
  readonly waitMinutes: number;
  /** The function that called Lock, Wait or the channel operation: outside of sync and runtime. */
  readonly at: Frame;
  /** Index of that frame in the row's stack. */
  readonly depth: number;
}

export interface Resource {
  readonly kind: ResourceKind;
  readonly address: number;
  readonly waiters: readonly Waiter[];
}

/** Functions whose first argument is the resource. */
interface Site {
  readonly pattern: RegExp;
  readonly kind: ResourceKind;
}

const SITES: readonly Site[] = [
  { pattern: /^(internal\/)?sync\.\(\*Mutex\)\.(Lock|lockSlow)$/, kind: 'mutex' },
  { pattern: /^sync\.\(\*RWMutex\)\.(Lock|RLock)$/, kind: 'rwmutex' },
  { pattern: /^sync\.\(\*WaitGroup\)\.Wait$/, kind: 'wait group' },
  { pattern: /^sync\.\(\*Cond\)\.Wait$/, kind: 'condition' },
  { pattern: /^runtime\.(chansend|chanrecv)$/, kind: 'channel' },
];

const SEMAPHORE = /^runtime\.semacquire1$/;

/** Where the semaphore lies in each, by state: sync.Mutex, RWMutex and WaitGroup of Go 1.5 to 1.27. */
const SEMAPHORES: Readonly<Record<string, { kind: ResourceKind; offset: number }>> = {
  'sync.Mutex.Lock': { kind: 'mutex', offset: 4 },
  'sync.RWMutex.Lock': { kind: 'rwmutex', offset: 8 },
  'sync.RWMutex.RLock': { kind: 'rwmutex', offset: 12 },
  'sync.WaitGroup.Wait': { kind: 'wait group', offset: 8 },
};

/** Resources with waiters, most of them first. Empty when the arguments were not kept. */
export function resourcesOf(table: GoroutineTable, rows: Rows = allRows(table)): Resource[] {
  const columns = table.arguments;
  if (columns === undefined) return [];
  const kinds = table.functions.map(
    (name) => SITES.find(({ pattern }) => pattern.test(name))?.kind,
  );
  const isSemaphore = table.functions.map((name) => SEMAPHORE.test(name));
  const found = new Map<number, { kind: ResourceKind; address: number; waiters: Waiter[] }>();
  for (let row = rows.from; row < rows.to; row++) {
    const wait = waitOf(table, columns, row, kinds, isSemaphore);
    if (wait === undefined) continue;
    const resource = found.get(wait.address) ?? { ...wait, waiters: [] };
    // A writer first takes the mutex that an RWMutex begins with.
    if (wait.kind === 'rwmutex') resource.kind = 'rwmutex';
    resource.waiters.push(waiterOf(table, row));
    found.set(wait.address, resource);
  }
  return [...found.values()].sort((a, b) => b.waiters.length - a.waiters.length);
}

/** The resource that a row's frames name, the outermost function of package sync first. */
function waitOf(
  table: GoroutineTable,
  columns: FrameArguments,
  row: number,
  kinds: readonly (ResourceKind | undefined)[],
  isSemaphore: readonly boolean[],
): { kind: ResourceKind; address: number } | undefined {
  const run = table.stacks.run(table.stack[row]);
  const { state } = table.headers[table.header[row]];
  let found: { kind: ResourceKind; address: number } | undefined;
  for (let i = columns.start[row]; i < columns.start[row + 1]; i++) {
    if (columns.position[i] !== 0 || columns.isStale[i] === 1) continue;
    const name = run[columns.frame[i] * 2];
    const kind = kinds[name];
    if (kind !== undefined) found = { kind, address: columns.address[i] };
    else if (isSemaphore[name] && found === undefined) {
      const semaphore = SEMAPHORES[state];
      if (semaphore === undefined) continue;
      found = { kind: semaphore.kind, address: columns.address[i] - semaphore.offset };
    }
  }
  return isWaiting(state) ? found : undefined;
}

/** Runnable goroutines may have such frames, too: they have been woken. */
function isWaiting(state: string): boolean {
  return /^(sync\.|semacquire|chan |select)/.test(state);
}

const PLUMBING = /^((internal\/)?sync\.|runtime\.|internal\/runtime\/)/;

function waiterOf(table: GoroutineTable, row: number): Waiter {
  const run = table.stacks.run(table.stack[row]);
  const own = (i: number) => !PLUMBING.test(table.functions[run[i]]);
  // `go wg.Wait()` has no frame of its own: then the outermost one.
  let at = 0;
  while (at + 2 < run.length && !own(at)) at += 2;
  const { state, waitMinutes } = table.headers[table.header[row]];
  const frame = frameAt(table, run[at], run[at + 1]);
  return { row, id: table.ids[row], state, waitMinutes, at: frame, depth: at / 2 };
}
