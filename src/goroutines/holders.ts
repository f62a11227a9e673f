/**
 * Who probably holds a lock that others wait for, and which goroutines wait for each other in a
 * circle. The runtime does not record the holder of a mutex, so this is inference; every answer
 * says on what it rests.
 *
 * What a dump shows of a holder: it has the lock, or the struct that the lock is in, at hand as an
 * argument of a frame. So have many that don't hold it. What tells them apart is where they are:
 * waiters show at which lines a function takes which lock (its n-th argument plus an offset). A
 * goroutine in the same function, further down than such a line, with that lock in that argument,
 * has passed it (`passed`). One that is not beyond any such line is none; one in a function of
 * which nothing is known may be (`reaches`). Loops and early unlocks can deceive it.
 */
import type { FrameArguments } from './arguments.ts';
import { allRows, type Frame, frameAt, type GoroutineTable, type Rows } from './table.ts';
import { type Resource, resourcesOf, type Waiter } from './waits.ts';

/** `passed`: beyond a line that takes this lock. `reaches`: has its address, no more. */
export type Evidence = 'passed' | 'reaches';

export interface Holder {
  readonly row: number;
  readonly id: number;
  readonly state: string;
  readonly evidence: Evidence;
  /** The frame that has the lock at hand. */
  readonly at: Frame;
  /** Where that function takes the lock; undefined when that is not known. */
  readonly takenAt: Frame | undefined;
}

export interface WaitedFor extends Resource {
  /** Probable holders: those that passed if there are any, else those that reach it, at most 5. */
  readonly holders: readonly Holder[];
  /** All that reach it, shown or not. */
  readonly holderCount: number;
}

/** One goroutine of a circle: it waits for `resource`, which the next one probably holds. */
export interface CycleStep {
  readonly waiter: Waiter;
  readonly resource: WaitedFor;
  readonly holder: Holder;
}

export interface DeadlockCycle {
  readonly steps: readonly CycleStep[];
  /** True when every holder has passed the line that takes its lock, or is the only candidate. */
  readonly isLikely: boolean;
  /** Two locks taken in both orders. */
  readonly isOrderInversion: boolean;
}

export interface WaitGraph {
  /** Most waiters first. */
  readonly resources: readonly WaitedFor[];
  /** Likely ones first, short ones first. */
  readonly cycles: readonly DeadlockCycle[];
  /** False when the search was given up: there may be more circles. */
  readonly hasAllCycles: boolean;
}

/** A line at which a function takes a lock: its argument `position` plus `offset`. */
interface LockSite {
  readonly line: number;
  readonly place: number;
  readonly position: number;
  readonly offset: number;
}

/** How far into a struct a lock is looked for. */
const LARGEST_OFFSET = 1024;
const SHOWN_HOLDERS = 5;
const LONGEST_CYCLE = 8;
/** Thousands of goroutines that may all hold each other's locks have more circles than anyone reads. */
const SEARCH_STEPS = 200_000;

/** Empty when the table was parsed without arguments. */
export function waitGraphOf(table: GoroutineTable, rows: Rows = allRows(table)): WaitGraph {
  const columns = table.arguments;
  if (columns === undefined) return { resources: [], cycles: [], hasAllCycles: true };
  const found = resourcesOf(table, rows);
  const known = lockSites(table, columns, found);
  const wanted = new Map<number, Holder[]>(found.map(({ address }) => [address, []]));
  for (let row = rows.from; row < rows.to; row++) {
    collectHolders(table, columns, row, known, wanted);
  }
  const blocked = new Set(
    found.filter(isLock).flatMap(({ waiters }) => waiters.map(({ row }) => row)),
  );
  const resources = found.map((resource) =>
    withHolders(resource, wanted.get(resource.address) ?? [], blocked),
  );
  return { resources, ...cyclesOf(resources.filter(isLock)) };
}

function isLock({ kind }: Resource): boolean {
  return kind === 'mutex' || kind === 'rwmutex';
}

interface KnownSites {
  /** By function: the lines at which waiters stand, and where their lock is among the arguments. */
  readonly sites: ReadonlyMap<number, readonly LockSite[]>;
  /** By the address of a struct that a waiter has at hand: the locks in it that are waited for. */
  readonly inStruct: ReadonlyMap<number, ReadonlySet<number>>;
}

function lockSites(
  table: GoroutineTable,
  columns: FrameArguments,
  resources: readonly Resource[],
): KnownSites {
  const sites = new Map<number, LockSite[]>();
  const inStruct = new Map<number, Set<number>>();
  const known = new Set<string>();
  for (const { address, waiters } of resources) {
    inStruct.set(address, (inStruct.get(address) ?? new Set()).add(address));
    for (const { row, depth } of waiters) {
      const run = table.stacks.run(table.stack[row]);
      const [name, place] = [run[depth * 2], run[depth * 2 + 1]];
      for (let i = columns.start[row]; i < columns.start[row + 1]; i++) {
        if (columns.frame[i] !== depth || columns.isStale[i] === 1) continue;
        const offset = address - columns.address[i];
        if (offset < 0 || offset >= LARGEST_OFFSET) continue;
        const position = columns.position[i];
        const struct = columns.address[i];
        inStruct.set(struct, (inStruct.get(struct) ?? new Set()).add(address));
        const key = `${name} ${place} ${position} ${offset}`;
        if (known.has(key)) continue;
        known.add(key);
        const list = sites.get(name) ?? [];
        list.push({ line: table.places[place]?.line ?? 0, place, position, offset });
        sites.set(name, list);
      }
    }
  }
  return { sites, inStruct };
}

/** Adds the row to the holders of every lock that it has at hand and does not wait for. */
function collectHolders(
  table: GoroutineTable,
  columns: FrameArguments,
  row: number,
  { sites, inStruct }: KnownSites,
  wanted: ReadonlyMap<number, Holder[]>,
): void {
  const run = table.stacks.run(table.stack[row]);
  for (let i = columns.start[row]; i < columns.start[row + 1]; i++) {
    if (columns.isStale[i] === 1) continue;
    const frame = columns.frame[i];
    const name = run[frame * 2];
    const place = run[frame * 2 + 1];
    const address = columns.address[i];
    const line = table.places[place]?.line ?? 0;
    const ofArgument = (sites.get(name) ?? []).filter((s) => s.position === columns.position[i]);
    const add = (lock: number, evidence: Evidence, site?: LockSite) => {
      const holders = wanted.get(lock);
      if (holders === undefined) return;
      const at = frameAt(table, name, place);
      const takenAt = site === undefined ? undefined : frameAt(table, name, site.place);
      const { state } = table.headers[table.header[row]];
      addHolder(holders, { row, id: table.ids[row], state, evidence, at, takenAt });
    };
    for (const site of ofArgument) if (site.line < line) add(address + site.offset, 'passed', site);
    // Where it is known where this function takes the lock, not having passed it says no.
    for (const lock of inStruct.get(address) ?? []) {
      if (!ofArgument.some(({ offset }) => address + offset === lock)) add(lock, 'reaches');
    }
  }
}

/** One entry a goroutine, the stronger one. */
function addHolder(holders: Holder[], holder: Holder): void {
  const last = holders.at(-1);
  if (last === undefined || last.row !== holder.row) holders.push(holder);
  else if (last.evidence === 'reaches' && holder.evidence === 'passed') {
    holders[holders.length - 1] = holder;
  }
}

/**
 * Those that wait for it themselves reach it, too, and hold it only if they passed it before. Of
 * equal evidence, those that are blocked by another lock come first: they don't let go.
 */
function withHolders(
  resource: Resource,
  all: readonly Holder[],
  blocked: ReadonlySet<number>,
): WaitedFor {
  const waiting = new Set(resource.waiters.map(({ row }) => row));
  const others = all.filter(({ row, evidence }) => evidence === 'passed' || !waiting.has(row));
  const passed = others.filter(({ evidence }) => evidence === 'passed');
  const likely = (passed.length > 0 ? passed : others).toSorted(
    (a, b) => Number(blocked.has(b.row)) - Number(blocked.has(a.row)),
  );
  return { ...resource, holders: likely.slice(0, SHOWN_HOLDERS), holderCount: likely.length };
}

/** Circles of waiting goroutines, each once. */
function cyclesOf(resources: readonly WaitedFor[]): Pick<WaitGraph, 'cycles' | 'hasAllCycles'> {
  const waitsFor = new Map<number, { resource: WaitedFor; waiter: Waiter }>();
  for (const resource of resources) {
    for (const waiter of resource.waiters) waitsFor.set(waiter.row, { resource, waiter });
  }
  const cycles = new Map<string, DeadlockCycle>();
  let left = SEARCH_STEPS;
  const follow = (row: number, path: readonly CycleStep[]): void => {
    const wait = waitsFor.get(row);
    if (wait === undefined || path.length >= LONGEST_CYCLE) return;
    for (const holder of wait.resource.holders) {
      if (left-- <= 0) return;
      const step = { ...wait, holder };
      const start = [...path, step].findIndex(({ waiter }) => waiter.row === holder.row);
      if (start < 0) {
        // Circles are found from their lowest row, so that each is found once.
        if (holder.row > (path[0]?.waiter.row ?? row)) follow(holder.row, [...path, step]);
      } else if (start === 0) {
        const cycle = cycleOf([...path, step]);
        const key = cycle.steps.map(({ waiter }) => waiter.row).join(' ');
        if (!cycles.has(key)) cycles.set(key, cycle);
      }
    }
  };
  for (const row of holdingRows(resources)) follow(row, []);
  const sorted = [...cycles.values()].sort(
    (a, b) => Number(b.isLikely) - Number(a.isLikely) || a.steps.length - b.steps.length,
  );
  return { cycles: sorted, hasAllCycles: left > 0 };
}

/** Only who holds something can be part of a circle. */
function holdingRows(resources: readonly WaitedFor[]): number[] {
  const rows = new Set(resources.flatMap(({ holders }) => holders.map(({ row }) => row)));
  return [...rows].sort((a, b) => a - b);
}

function cycleOf(steps: readonly CycleStep[]): DeadlockCycle {
  return {
    steps,
    isLikely: steps.every(
      ({ holder, resource }) => holder.evidence === 'passed' || resource.holderCount === 1,
    ),
    isOrderInversion: steps.length === 2 && steps[0].resource !== steps[1].resource,
  };
}
