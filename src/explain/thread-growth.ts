/**
 * thread-growth: operating system threads become more, as each blocking system or cgo call holds
 * one, and Go never gives threads back.
 *
 * Waiting for the network holds none; what does is named from the goroutines that are in system or C
 * calls at the time. Cut-offs: docs/diagnoses.md.
 */
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { evidenceStack, type Frame } from './frames.ts';
import { type GoroutineGroup, groupPlaces, readGroups } from './goroutine-groups.ts';
import { arrows } from './growth.ts';
import { capturesOf, type ObservedWindow, toSeconds } from './window.ts';
import { at, clamp, count, digits, exactly, plural } from './wording.ts';

export const THREAD_GROWTH = {
  /** Threads more at the end of the window than at its beginning. */
  growth: { high: 100, medium: 20, low: 8 },
  /** Threads that a program may have without a word: the runtime’s own and some calls. */
  usual: 24,
} as const;

const NAMES = ['process_threads', '/sched/threads/total:threads'];

/** What a goroutine does that holds a thread: a raw system call, or C. */
const HOLDS =
  /^(syscall\.|internal\/runtime\/syscall\.|internal\/syscall\/|runtime\/internal\/syscall\.|golang\.org\/x\/sys\/unix\.|runtime\.(cgocall|asmcgocall|entersyscall))/;

interface Threads {
  readonly values: readonly number[];
  readonly seconds: number;
}

export function findThreadGrowth(window: ObservedWindow): Draft[] {
  const threads = readThreads(window);
  if (threads === undefined) return [];
  const growth = (threads.values.at(-1) ?? 0) - (threads.values[0] ?? 0);
  const severity = severityOf(growth, threads.values.at(-1) ?? 0);
  return severity === undefined ? [] : [draft(window, threads, growth, severity)];
}

/** The operating system’s count, else the runtime’s; undefined with less than two readings. */
function readThreads(window: ObservedWindow): Threads | undefined {
  for (const name of NAMES) {
    const readings = window.observation.metrics.flatMap(({ metrics, timeNanos }) => {
      const value = metrics.get(name)?.value;
      return typeof value === 'number' && value > 0 ? [{ value, timeNanos }] : [];
    });
    const [first, last] = [readings[0], readings.at(-1)];
    if (first === undefined || last === undefined || first === last) continue;
    const seconds = toSeconds(last.timeNanos - first.timeNanos);
    return { values: readings.map(({ value }) => value), seconds };
  }
  return undefined;
}

function severityOf(growth: number, last: number): Severity | undefined {
  if (last < THREAD_GROWTH.usual) return undefined;
  for (const severity of ['high', 'medium', 'low'] as const) {
    if (growth >= THREAD_GROWTH.growth[severity]) return severity;
  }
  return undefined;
}

interface Holding {
  readonly group: GoroutineGroup;
  /** The most goroutines that one snapshot has there. */
  readonly most: number;
}

function holdingGroups(window: ObservedWindow): Holding[] {
  return readGroups(window, capturesOf(window, 'goroutine'))
    .filter(({ stack }) => holdsThread(stack))
    .map((group) => ({ group, most: Math.max(...group.counts) }))
    .sort((a, b) => b.most - a.most);
}

/** In the library below the user’s code. */
function holdsThread(stack: readonly Frame[]): boolean {
  for (const { origin, function: name } of stack) {
    if (HOLDS.test(name)) return true;
    if (origin === 'own' || origin === 'dependency') return false;
  }
  return false;
}

function draft(
  window: ObservedWindow,
  { values, seconds }: Threads,
  growth: number,
  severity: Severity,
): Draft {
  const [top] = holdingGroups(window).filter(({ group, most }) => group.siteAt >= 0 && most >= 2);
  const where =
    top === undefined
      ? []
      : groupPlaces(top.group, capturesOf(window, 'goroutine').at(-1)?.profile);
  const site = top?.group.stack[top.group.siteAt];
  const call = where[0] === undefined ? '' : `: blocking calls at ${at(where[0])}`;
  const last = values.at(-1) ?? 0;
  const evidence: Evidence[] = [
    {
      text: `Threads: ${arrows(values, count)} over ${digits(seconds)} s`,
      value: last,
      unit: 'threads',
    },
  ];
  if (top !== undefined) {
    evidence.push({
      text: `Up to ${plural(top.most, 'goroutine')} at a time ${top.most === 1 ? 'is' : 'are'} in a system or C call there, each of which holds a thread`,
      value: top.most,
      unit: 'goroutines',
      stack: evidenceStack(top.group.stack),
      view: {
        type: 'goroutine',
        view: 'table',
        ...(site === undefined ? {} : { focus: exactly(site.function) }),
      },
    });
  }
  evidence.push(...goroutineEvidence(window));
  const finding: Finding = {
    kind: 'thread-growth',
    title: `${count(growth)} more threads in ${digits(seconds)} s (${count(last)} now)${call}`,
    severity,
    confidence: Number(clamp(0.5 + (top === undefined ? 0 : 0.35), 0, 0.95).toFixed(2)),
    where,
    evidence,
    counterEvidence: [
      ...(top === undefined
        ? [
            {
              text: 'No goroutine was seen in a system or C call: the calls may lie between the snapshots',
            },
          ]
        : []),
      { text: 'A burst that comes once leaves its threads behind, and no more are added after it' },
    ],
    impact: `${count(last)} threads, each with a stack of the system (8 MB of address space as a rule) and work for the kernel’s scheduler; at 10,000 the runtime ends the program (debug.SetMaxThreads)`,
    next: 'Take goroutine?debug=2 while they grow: goroutines in state “syscall” hold the threads. The threadcreate profile counts them but names no callers.',
    fix: 'Bound how many blocking calls run at once (a semaphore around the call), or use what waits without a thread: files that can be polled (os.Pipe, net), contexts instead of file locks, fewer long calls into C.',
  };
  const functions = new Set(where.map((place) => place.function));
  return { finding, score: clamp(0.4 + growth / 500, 0, 1), functions };
}

/** Threads that grow with all goroutines are one side of a leak of these. */
function goroutineEvidence(window: ObservedWindow): Evidence[] {
  const captures = capturesOf(window, 'goroutine');
  const totals = captures.map(({ profile }) => {
    let sum = 0;
    for (const value of profile.samples.values[0] ?? []) sum += Number(value);
    return sum;
  });
  if (totals.length < 2) return [];
  return [
    {
      text: `Goroutines in the same time: ${arrows(totals, count)}`,
      value: totals.at(-1) ?? 0,
      unit: 'goroutines',
    },
  ];
}
