/**
 * What paces the garbage collector: the heap that the last cycle found live, the goal that the next
 * one aims at, and which of GOGC, the least heap and the memory limit set that goal.
 *
 * Source: src/runtime/mgcpacer.go (Go 1.19 to 1.27), gcControllerCommit: goal = live + (live + stacks
 * + globals) × GOGC / 100, at least 4 MiB × GOGC / 100, and lower where GOMEMLIMIT leaves less room.
 */
import type { Window } from './window.ts';

export const LIVE = '/gc/heap/live:bytes';
export const GOAL = '/gc/heap/goal:bytes';
export const GOGC = '/gc/gogc:percent';
export const GOMEMLIMIT = '/gc/gomemlimit:bytes';
export const LIMITER = '/gc/limiter/last-enabled:gc-cycle';
export const CYCLES = '/gc/cycles/total:gc-cycles';
const IN_USE = '/memory/classes/heap/objects:bytes';
const ALLOCATED = '/gc/heap/allocs:bytes';
const ROOTS = ['/gc/scan/stack:bytes', '/gc/scan/globals:bytes'];
/** “No limit” is math.MaxInt64; nobody has a pebibyte. */
const NO_LIMIT = 2 ** 50;
/** GOGC=off is math.MaxUint64 or -1, as the source has it. */
const GOGC_OFF = 2 ** 31;
const LEAST_HEAP = 4 * 2 ** 20;
/** The goal is computed before the values are read: they may have moved a little. */
const TOLERANCE = 0.1;

export type GoalSetBy = 'GOGC' | 'least heap' | 'GOMEMLIMIT' | 'off' | 'unknown';

export interface Pacing {
  /** NaN = unknown, each. */
  readonly live: number;
  readonly goal: number;
  readonly inUse: number;
  /** Percent; Infinity = off. */
  readonly gogc: number;
  /** Infinity = no limit. */
  readonly memoryLimit: number;
  readonly setBy: GoalSetBy;
  /** Until the heap reaches the goal at the present allocation rate; NaN = unknown. */
  readonly secondsToGoal: number;
  /** The CPU limiter ran in a cycle of the window: collecting took half of the CPU. */
  readonly limited: boolean;
}

export function pacingOf(window: Window): Pacing {
  const known = (name: string): number => window.last(name) ?? NaN;
  const [live, goal, inUse] = [known(LIVE), known(GOAL), known(IN_USE)];
  const percent = known(GOGC);
  const gogc = percent < 0 || percent >= GOGC_OFF ? Infinity : percent;
  const bytes = known(GOMEMLIMIT);
  const memoryLimit = bytes >= NO_LIMIT ? Infinity : bytes;
  const rate = window.rate(ALLOCATED) ?? NaN;
  const left = goal - inUse;
  return {
    live,
    goal,
    inUse,
    gogc,
    memoryLimit,
    setBy: setBy(live, goal, gogc, memoryLimit, rootsOf(window)),
    secondsToGoal: rate > 0 && left >= 0 ? left / rate : NaN,
    limited: limitedIn(window),
  };
}

function rootsOf(window: Window): number {
  return ROOTS.reduce((sum, name) => sum + (window.last(name) ?? 0), 0);
}

function setBy(
  live: number,
  goal: number,
  gogc: number,
  memoryLimit: number,
  roots: number,
): GoalSetBy {
  if (Number.isNaN(gogc) || Number.isNaN(goal)) return 'unknown';
  const limited = Number.isFinite(memoryLimit);
  if (gogc === Infinity) return limited ? 'GOMEMLIMIT' : 'off';
  if (Number.isNaN(live)) return 'unknown';
  const byGogc = live + ((live + roots) * gogc) / 100;
  const least = (LEAST_HEAP * gogc) / 100;
  const expected = Math.max(byGogc, least);
  if (limited && goal < expected * (1 - TOLERANCE)) return 'GOMEMLIMIT';
  return byGogc < least ? 'least heap' : 'GOGC';
}

/** `last-enabled` is the number of a cycle; it counts when that cycle lies in the window. */
function limitedIn(window: Window): boolean {
  const enabled = window.last(LIMITER) ?? 0;
  if (enabled === 0) return false;
  const cycles = window.last(CYCLES) ?? 0;
  const grown = window.growth(CYCLES)?.value ?? 0;
  return enabled > cycles - grown;
}
