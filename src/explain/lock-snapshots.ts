/**
 * Who waits inside Lock and who is past it, in the goroutine snapshots of a window.
 *
 * Lines are grouped by the type whose method takes the lock (or the package of a function):
 * aggregated stacks do not name a lock. Who holds it is inferred: a goroutine inside a function of
 * that type which is known to lock, at a line after its Lock, in a moment when others wait; failing
 * that, one inside any method of the type, if it is there in most of these moments.
 */
import { type Frame, siteIndex } from './frames.ts';
import { type WaitKind, waitOf } from './waits.ts';
import { capturesOf, type ObservedWindow } from './window.ts';
import { ownerOf, shortName } from './wording.ts';

export interface WaitingLine {
  readonly site: Frame;
  /** Goroutines, summed over snapshots. */
  goroutines: number;
}

export interface HoldingLine {
  /** The line in the function that takes the lock. */
  readonly site: Frame;
  readonly stack: readonly Frame[];
  readonly wait: WaitKind;
  /** Snapshots in which somebody was there while others waited. */
  seen: number;
  /** Completes "while it …". */
  readonly doing: string;
  /** Completes "do not …". */
  readonly fixVerb: string;
}

export interface Holders {
  /** Goroutines inside Lock, mean over all snapshots: seconds of waiting per second. */
  readonly meanWaiting: number;
  /** Share of the snapshots in which somebody waits. */
  readonly presence: number;
  readonly snapshots: number;
  /** Most goroutines first. */
  readonly waiting: readonly WaitingLine[];
  /** Most often seen first. */
  readonly holding: readonly HoldingLine[];
  /** True when the holders are known to take the lock. */
  readonly confirmed: boolean;
}

interface Owner {
  goroutines: number;
  readonly snapshots: Set<number>;
  readonly waiting: Map<Frame, WaitingLine>;
  readonly holding: Map<Frame, HoldingLine>;
  /** In methods of the type that have not been seen to lock. */
  readonly nearby: Map<Frame, HoldingLine>;
}

/** By owner of the lock (ownerOf). `lockLines` are lines that are known to lock from elsewhere. */
export function readLockSnapshots(
  window: ObservedWindow,
  lockLines: readonly Frame[],
): ReadonlyMap<string, Holders> {
  const captures = capturesOf(window, 'goroutine');
  const owners = new Map<string, Owner>();
  captures.forEach(({ profile }, snapshot) => {
    window.book.framesOf(profile).forEachSample([0], (stack, values) => {
      if (waitOf(stack) === 'lock') addWaiting(owners, stack, values[0] ?? 0, snapshot);
    });
  });
  for (const site of lockLines) {
    const waiting = owners.get(ownerOf(site.function))?.waiting;
    if (waiting !== undefined && !waiting.has(site)) waiting.set(site, { site, goroutines: 0 });
  }
  captures.forEach(({ profile }, snapshot) => {
    const seen = new Set<Frame>();
    window.book.framesOf(profile).forEachSample([0], (stack) => {
      if (waitOf(stack) !== 'lock') addHolding(owners, stack, snapshot, seen);
    });
  });
  const found = new Map<string, Holders>();
  for (const [name, owner] of owners) found.set(name, finish(owner, captures.length));
  return found;
}

function addWaiting(
  owners: Map<string, Owner>,
  stack: readonly Frame[],
  goroutines: number,
  snapshot: number,
): void {
  const site = stack[siteIndex(stack)];
  if (site === undefined || site.origin === 'standard') return;
  const name = ownerOf(site.function);
  let owner = owners.get(name);
  if (owner === undefined) {
    owner = {
      goroutines: 0,
      snapshots: new Set(),
      waiting: new Map(),
      holding: new Map(),
      nearby: new Map(),
    };
    owners.set(name, owner);
  }
  owner.goroutines += goroutines;
  owner.snapshots.add(snapshot);
  const line = owner.waiting.get(site) ?? { site, goroutines: 0 };
  line.goroutines += goroutines;
  owner.waiting.set(site, line);
}

function addHolding(
  owners: ReadonlyMap<string, Owner>,
  stack: readonly Frame[],
  snapshot: number,
  seen: Set<Frame>,
): void {
  for (let i = 0; i < stack.length; i++) {
    const frame = stack[i];
    if (frame === undefined || frame.origin === 'runtime' || frame.origin === 'standard') continue;
    const owner = owners.get(ownerOf(frame.function));
    if (owner === undefined || !owner.snapshots.has(snapshot)) continue;
    if (seen.has(frame)) continue;
    const lock = firstLock(owner, frame.function);
    // A package's functions are too many to tell which of them share a lock.
    if (lock === undefined ? isPackage(frame.function) : frame.line <= lock) continue;
    seen.add(frame);
    const lines = lock === undefined ? owner.nearby : owner.holding;
    const known = lines.get(frame);
    if (known === undefined) {
      lines.set(frame, { site: frame, stack: [...stack], seen: 1, ...activity(stack, i) });
    } else known.seen++;
    return;
  }
}

/** The line at which a function first locks; undefined when it has not been seen to. */
function firstLock(owner: Owner, fn: string): number | undefined {
  let first: number | undefined;
  for (const { site } of owner.waiting.values()) {
    if (site.function === fn) first = Math.min(first ?? site.line, site.line);
  }
  return first;
}

function isPackage(fn: string): boolean {
  return ownerOf(fn).endsWith('.');
}

const DOING: Readonly<Record<WaitKind, readonly [string, string]>> = {
  send: ['waits to send on a channel', 'send on channels'],
  receive: ['waits for a channel', 'wait for channels'],
  select: ['waits in a select', 'wait for channels'],
  lock: ['waits for another lock', 'wait for other locks'],
  'wait-group': ['waits for a WaitGroup', 'wait for other goroutines'],
  condition: ['waits for a condition', 'wait for conditions'],
  sleep: ['sleeps', 'sleep'],
  io: ['waits for the network or a file', 'do I/O'],
  forever: ['waits forever', 'wait'],
  running: ['computes', 'do this much work'],
};

/** What the goroutine does below the line at `siteAt`. */
function activity(
  stack: readonly Frame[],
  siteAt: number,
): Pick<HoldingLine, 'wait' | 'doing' | 'fixVerb'> {
  const wait = waitOf(stack);
  const [doing, fixVerb] = DOING[wait];
  const callee = stack.slice(0, siteAt).findLast((f) => f.origin !== 'runtime');
  const within = callee === undefined ? '' : ` in ${shortName(callee.function)}`;
  const verb = callee === undefined ? fixVerb : `${fixVerb} (${shortName(callee.function)})`;
  return { wait, doing: doing + within, fixVerb: verb };
}

/** Share of the moments with waiters in which an unconfirmed holder must be there. */
const MOST = 0.5;

function finish(owner: Owner, snapshots: number): Holders {
  const bySeen = (lines: Map<Frame, HoldingLine>) =>
    [...lines.values()].sort((a, b) => b.seen - a.seen);
  const nearby = bySeen(owner.nearby).filter((l) => l.seen >= MOST * owner.snapshots.size);
  const confirmed = owner.holding.size > 0;
  return {
    confirmed,
    meanWaiting: owner.goroutines / snapshots,
    presence: owner.snapshots.size / snapshots,
    snapshots,
    waiting: [...owner.waiting.values()]
      .filter((line) => line.goroutines > 0)
      .sort((a, b) => b.goroutines - a.goroutines),
    holding: confirmed ? bySeen(owner.holding) : nearby,
  };
}
