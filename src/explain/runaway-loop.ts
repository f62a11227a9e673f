/**
 * D11, runaway-loop: a goroutine that runs all the time and gets nowhere.
 *
 * A profile cannot show that a loop never ends. What it can show: that a goroutine was never seen to
 * wait, and that all it does is to look whether something has changed (polling without a pause), or
 * that it is within one request for longer than any should take, or that not one sample lies outside
 * of a few lines. Without one of these it is a computation, and stays `low`. Allocations and system
 * calls are progress. Cut-offs: docs/diagnoses.md.
 */
import { type BusyRoot, type BusyRoots, readBusyRoots } from './busy-roots.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { evidenceStack, type Frame, placeOf, placesFrom, siteIndex } from './frames.ts';
import { type GoroutineGroup, readGroups, rootOf } from './goroutine-groups.ts';
import { readStandstill } from './standstill.ts';
import { capturesOf, growthBySite, heapCaptures, type ObservedWindow } from './window.ts';
import { at, clamp, digits, duration, exactly, percent, plural, shortName } from './wording.ts';

export const RUNAWAY_LOOP = {
  /** Seconds of CPU profile below which a burst looks the same. */
  seconds: 8,
  /** Cores in every capture; a busy machine lets a loop have no more. */
  cores: { high: 0.7, medium: 0.25 },
  /** Share of its samples that look whether something has changed. */
  looking: 0.5,
  /** Share that may allocate or call the system. */
  progress: 0.02,
  /** Lines that a tight loop has at most, and the samples that must all lie there. */
  tight: { lines: 3, samples: 1000 },
  /** Goroutine snapshots that show it to be one goroutine. */
  snapshots: 3,
  /** Seconds that one request may compute. */
  request: 10,
} as const;

const PARKED = /^runtime\.(gopark|goparkunlock|semacquire1?|notetsleepg)$/;

/** What makes a loop more than a computation. */
type Reason = 'looking' | 'request' | 'tight' | 'none';

interface Runaway {
  readonly busy: BusyRoot;
  /** Least of the captures, and mean. */
  readonly least: number;
  readonly cores: number;
  readonly seconds: number;
  readonly reason: Reason;
  /** Snapshots in which a goroutine of the root ran, and all. */
  readonly seen: number;
  readonly snapshots: number;
  /** Goroutine that was running at the same place in all dumps; -1 = not known. */
  readonly id: number;
  readonly createdBy: Frame | undefined;
  /** CPU of the scheduler for each of its own. */
  readonly scheduling: number;
}

export function findRunawayLoops(window: ObservedWindow): Draft[] {
  const read = readBusyRoots(window);
  const seconds = read.seconds.reduce((sum, s) => sum + s, 0);
  if (seconds < RUNAWAY_LOOP.seconds) return [];
  return read.roots.slice(0, 4).flatMap((busy) => {
    const runaway = judge(window, read, busy, seconds);
    return runaway === undefined ? [] : [draft(runaway)];
  });
}

function judge(
  window: ObservedWindow,
  read: BusyRoots,
  busy: BusyRoot,
  seconds: number,
): Runaway | undefined {
  const rates = read.seconds.map((length, i) => (busy.byCapture[i] ?? 0) / 1e9 / length);
  // The last capture may be a second long.
  const least = Math.min(...rates.filter((_, i) => (read.seconds[i] ?? 0) >= 2));
  const scheduling = busy === read.roots[0] ? read.scheduling / Math.max(1, busy.nanos) : 0;
  const withScheduler = least * (1 + scheduling);
  if (!(withScheduler >= RUNAWAY_LOOP.cores.medium)) return undefined;
  const gets = (busy.allocating + busy.calling) / busy.samples;
  if (gets > RUNAWAY_LOOP.progress || allocates(window, busy)) return undefined;
  const { id, createdBy } = runningGoroutine(window, busy);
  const { seen, snapshots, running } = sightings(window, busy.root.function);
  if (snapshots > 0 && seen < snapshots) return undefined;
  const reason = reasonOf(window, busy, id, scheduling);
  // Many that compute are a load; that it is one goroutine takes snapshots to know.
  const isOne = snapshots >= RUNAWAY_LOOP.snapshots && running <= 1.5 * snapshots;
  if ((reason === 'tight' || reason === 'none') && !isOne) return undefined;
  return {
    busy,
    least,
    cores: (busy.nanos * (1 + scheduling)) / 1e9 / seconds,
    seconds,
    reason,
    seen,
    snapshots,
    id,
    createdBy,
    scheduling,
  };
}

function reasonOf(window: ObservedWindow, busy: BusyRoot, id: number, scheduling: number): Reason {
  const looking = (busy.looking / busy.samples + scheduling) / (1 + scheduling);
  if (looking >= RUNAWAY_LOOP.looking) return 'looking';
  const long = (readStandstill(window)?.span ?? 0) >= RUNAWAY_LOOP.request;
  if (/^net\/http\.\(\*conn\)\.serve$/.test(busy.root.function) && id >= 0 && long)
    return 'request';
  const { lines, samples } = RUNAWAY_LOOP.tight;
  const tight = busy.self >= 0.999 * busy.samples && busy.lines.size <= lines;
  return tight && busy.samples >= samples ? 'tight' : 'none';
}

/** Objects that its functions allocate are results. Sampling misses what is below 512 kB. */
function allocates(window: ObservedWindow, { root }: BusyRoot): boolean {
  const captures = heapCaptures(window, 'alloc_space');
  const growth = growthBySite(window.book, captures, ['alloc_space'], (stack) => {
    return rootOf(stack)?.function === root.function ? stack.length - 1 : -1;
  });
  return growth !== undefined && growth.seconds > 0 && (growth.totals[0] ?? 0) > 4 * 524_288;
}

/** In how many goroutine snapshots one that began at the root was not waiting, and all of these. */
function sightings(window: ObservedWindow, root: string) {
  const captures = capturesOf(window, 'goroutine');
  const counts = new Float64Array(captures.length);
  for (const group of readGroups(window, captures)) {
    if (!isRunning(group) || rootOf(group.stack)?.function !== root) continue;
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) + (group.counts[i] ?? 0);
  }
  const running = counts.reduce((sum, n) => sum + n, 0);
  return { seen: counts.filter((n) => n > 0).length, snapshots: captures.length, running };
}

/** A select that finds nothing and has a default is in the runtime, too, but not parked there. */
function isRunning({ wait, stack }: GoroutineGroup): boolean {
  if (wait === 'running') return true;
  return stack[0]?.origin === 'runtime' && !stack.some((f) => PARKED.test(f.function));
}

/** The one that is on the loop's functions in the first and in the last dump. */
function runningGoroutine(window: ObservedWindow, busy: BusyRoot) {
  const none = { id: -1, createdBy: undefined };
  const standstill = readStandstill(window);
  if (standstill === undefined || standstill.dumps.length < 2) return none;
  const [first] = standstill.dumps;
  const before = new Set(first?.table.ids.subarray(first.rows.from, first.rows.to) ?? []);
  const found = [...standstill.goroutines.values()].find(({ id, state, stack }) => {
    if (!before.has(id) || !/^(running|runnable|preempted)$/.test(state)) return false;
    const functions = new Set(stack.map((frame) => frame.function));
    return [...busy.common].every((name) => functions.has(name) || name === 'runtime.goexit');
  });
  return found === undefined ? none : { id: found.id, createdBy: found.createdBy };
}

function severityOf({ reason, least, scheduling, seconds }: Runaway): Severity {
  if (reason === 'none') return 'low';
  const cores = least * (1 + scheduling);
  if (reason === 'tight') return 'medium';
  return cores >= RUNAWAY_LOOP.cores.high && seconds >= 20 ? 'high' : 'medium';
}

const CONFIDENCE: Readonly<Record<Reason, number>> = {
  looking: 0.8,
  request: 0.75,
  tight: 0.55,
  none: 0.3,
};

const WHAT: Readonly<Record<Reason, string>> = {
  looking: 'looks again and again whether something has changed, without a pause',
  request: 'has been computing for one request all the time',
  tight: 'goes around in the same few lines',
  none: 'computes all the time, and nothing shows how far it is',
};

const FIX: Readonly<Record<Reason, string>> = {
  looking:
    'Wait instead of looking: receive without a default, a sync.Cond, or a Ticker for what can only be polled.',
  request:
    'Give the loop an end that does not depend on its data (a count, r.Context().Err() every so often), and look for the input that keeps it going.',
  tight:
    'Look at what must change for the loop to end, and whether anything in it changes that; add a bound, or a check of a context.',
  none: 'If it should have ended: add a bound or a check of a context to the loop.',
};

function draft(runaway: Runaway): Draft {
  const { busy, cores, seconds, reason, id, seen, snapshots } = runaway;
  const where = placesOf(runaway);
  const place = where[0] === undefined ? shortName(busy.root.function) : at(where[0]);
  const who = id < 0 ? 'A goroutine' : `Goroutine ${id}`;
  const site = busy.stack[siteIndex(busy.stack)];
  const finding: Finding = {
    kind: 'runaway-loop',
    title: `${who} ${WHAT[reason]}: ${digits(cores)} cores for ${digits(seconds)} s, at ${place}`,
    severity: severityOf(runaway),
    confidence: Number(clamp(CONFIDENCE[reason] + (id >= 0 ? 0.1 : 0), 0.1, 0.95).toFixed(2)),
    where,
    evidence: [
      {
        text: `${digits(cores)} cores go to goroutines that began in ${shortName(busy.root.function)}, in every one of the CPU profiles`,
        value: cores,
        unit: 'cores',
        stack: evidenceStack(busy.stack),
        view: {
          type: 'cpu',
          view: 'flame',
          ...(site === undefined ? {} : { focus: exactly(site.function) }),
        },
      },
      ...progressEvidence(runaway),
      ...(snapshots === 0
        ? []
        : [{ text: `It was running in ${seen} of ${plural(snapshots, 'goroutine snapshot')}` }]),
    ],
    counterEvidence: counterEvidenceOf(runaway),
    impact: `${digits(cores)} cores, for as long as the process lives${reason === 'looking' ? '' : ' or the loop goes on'}`,
    next: 'Take a CPU profile and two dumps (goroutine?debug=2) a minute later: the same goroutine at the same lines has got nowhere. `whygo goroutines --dlv` shows the loop’s variables.',
    fix: FIX[reason],
  };
  const functions = new Set(where.map((one) => one.function));
  return { finding, score: clamp(0.3 + cores / 4, 0, 1), functions };
}

/** The line with the most samples, then others of the loop, then who started it. */
function placesOf({ busy, createdBy }: Runaway) {
  const lines = [...busy.lines].sort((a, b) => b[1] - a[1]).map(([line]) => line);
  const places = lines.slice(0, 2).map(placeOf);
  const [first] = lines;
  const callers = placesFrom(busy.stack, siteIndex(busy.stack), 3).slice(1);
  for (const caller of callers) if (caller.function !== first?.function) places.push(caller);
  if (createdBy?.origin === 'own') places.push(placeOf(createdBy));
  return places.slice(0, 4);
}

function progressEvidence({ busy, reason, scheduling }: Runaway): Evidence[] {
  const { samples, looking, self, lines } = busy;
  const share = (looking / samples + scheduling) / (1 + scheduling);
  if (reason === 'looking') {
    const text = `${percent(share)} of it is calls that find nothing and come back: receives that don’t wait, yields, clocks, locks, contexts`;
    return [{ text, value: share, unit: 'ratio' }];
  }
  const none = 'None of it allocates or calls the system: there is no sign of results';
  if (reason !== 'tight') return [{ text: none }];
  const text = `All of ${plural(Math.round(self), 'sample')} lie on ${plural(lines.size, 'line')}; not one is outside of the loop`;
  return [{ text, value: self, unit: 'samples' }, { text: none }];
}

function counterEvidenceOf({ busy, reason, seconds }: Runaway): Evidence[] {
  const against: Evidence[] = [];
  if (reason === 'looking') {
    against.push({ text: 'A spin that is meant to be short, for latency, looks the same' });
  } else {
    against.push({
      text: `A long computation looks the same within ${duration(seconds)}: whether it gets ahead is in its variables`,
    });
  }
  if (busy.lines.size > 8) {
    against.push({ text: `Its samples are spread over ${busy.lines.size} lines` });
  }
  return against;
}
