/**
 * D1's other cause: a program that calls runtime.GC itself.
 *
 * The caller of runtime.GC waits, so that it has few CPU samples; the runtime's count of forced
 * collections tells how many there were, and those of the observation (heap?gc=1) are taken off.
 */
import { type CpuUse, coresOf, forEachCpuSample } from './cpu.ts';
import type { Draft } from './draft.ts';
import type { Finding } from './finding.ts';
import { evidenceStack, type Frame, placesFrom } from './frames.ts';
import { metricGrowth, type ObservedWindow } from './window.ts';
import { at, clamp, digits, exactly, percent } from './wording.ts';

export const FORCED_GC = {
  /** Share of the cycles that the program forced, and how many a second. */
  cycles: 0.5,
  rate: 0.5,
  /** Share of CPU for marking and sweeping. */
  medium: 0.15,
  high: 0.4,
  /** Cores that it takes. */
  cores: 0.03,
} as const;

const FORCING = /^runtime\.GC$|^runtime\/debug\.FreeOSMemory$/;

interface Caller {
  readonly stack: readonly Frame[];
  readonly siteAt: number;
  nanos: number;
}

/**
 * Undefined unless the program forces most of its collections from a line that CPU samples show.
 */
export function findForcedCollections(window: ObservedWindow, use: CpuUse): Draft | undefined {
  const forced = metricGrowth(window, '/gc/cycles/forced:gc-cycles');
  const cycles = metricGrowth(window, '/gc/cycles/total:gc-cycles');
  if (forced === undefined || cycles === undefined) return undefined;
  const ours = window.observation.captures.filter((c) => c.forcedGc).length;
  const programs = forced.value - ours;
  if (programs < FORCED_GC.cycles * cycles.value) return undefined;
  if (programs < FORCED_GC.rate * forced.seconds) return undefined;
  const caller = heaviestCaller(window);
  return caller === undefined ? undefined : draft(use, caller, programs, forced.seconds);
}

function heaviestCaller(window: ObservedWindow): Caller | undefined {
  const callers = new Map<Frame, Caller>();
  forEachCpuSample(window, (stack, nanos) => {
    const call = stack.findLastIndex((f) => FORCING.test(f.function));
    if (call < 0) return;
    const siteAt = stack.findIndex((f, i) => i > call && f.origin === 'own');
    const site = stack[siteAt];
    if (site === undefined) return;
    const caller = callers.get(site) ?? { stack: [...stack], siteAt, nanos: 0 };
    caller.nanos += nanos;
    callers.set(site, caller);
  });
  return [...callers.values()].sort((a, b) => b.nanos - a.nanos)[0];
}

function draft(use: CpuUse, caller: Caller, programs: number, seconds: number): Draft | undefined {
  const site = caller.stack[caller.siteAt];
  const share = (use.gc.mark + use.gc.sweep) / use.total;
  const cores = coresOf(use, use.gc.mark + use.gc.sweep) ?? Number.POSITIVE_INFINITY;
  if (site === undefined) return undefined;
  const serious = share >= FORCED_GC.medium && cores >= FORCED_GC.cores;
  const finding: Finding = {
    kind: 'gc-cost',
    title: `${digits(programs / seconds)} collections a second are forced by ${at(site)}`,
    severity: serious ? (share >= FORCED_GC.high ? 'high' : 'medium') : 'low',
    confidence: 0.85,
    where: placesFrom(caller.stack, caller.siteAt),
    evidence: [
      {
        text: `The program forced ${digits(programs)} collections in ${digits(seconds)} s (those of the observation not counted)`,
        value: programs / seconds,
        unit: '1/s',
      },
      {
        text: `${percent(share)} of the CPU time is marking and sweeping`,
        value: share,
        unit: 'ratio',
        stack: evidenceStack(caller.stack),
        view: { type: 'cpu', focus: exactly('runtime.GC'), view: 'flame' },
      },
    ],
    counterEvidence: [
      { text: 'It is right in a benchmark, or once after a large structure was dropped' },
    ],
    impact: `${percent(share)} of the CPU time, and a stop of the calling goroutine for each collection`,
    next: 'Take the call out and watch the heap: the collector runs by itself when it has grown by GOGC percent.',
    fix: 'Remove the call of runtime.GC or debug.FreeOSMemory; set GOGC or GOMEMLIMIT where memory must stay below a limit.',
  };
  const own = caller.stack.filter((f) => f.origin === 'own').map((f) => f.function);
  return { finding, score: clamp(share, 0, 1), functions: new Set(own) };
}
