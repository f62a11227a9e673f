/**
 * The explain loop: every few seconds the last minutes of each target are explained, and what is
 * new is told.
 *
 * Two windows are looked at: a short one, so that a fault speaks soon after it began, and a longer
 * one, in which slow growth stands out from noise. The same finding from both is one. Targets are
 * taken one after the other, and the loop rests at least as long as it worked: it never takes more
 * than half a core.
 */
import { explain } from '../explain/explain.ts';
import type { Finding, NotMeasurable } from '../explain/finding.ts';
import type { Observation } from '../explain/observation.ts';
import type { FindingRecord, Store, TimeRange } from '../store/store.ts';
import type { FindingLog, Found } from './findings.ts';
import { type Observed, Observer, since } from './observing.ts';

export interface ExplainLoopOptions {
  readonly store: Store;
  readonly findings: FindingLog;
  /** Told once for each new finding, and again when it becomes worse. */
  readonly onFinding: (record: FindingRecord) => void;
  /** Takes what is a bug. */
  readonly onError: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly everyMs?: number;
}

export interface ExplainLoop {
  /** One look at every target; what the timer calls. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const SHORT_NANOS = 75n * 1_000_000_000n;
const LONG_NANOS = 240n * 1_000_000_000n;
const RANK = { high: 0, medium: 1, low: 2, info: 3 } as const;

export function startExplaining(options: ExplainLoopOptions): ExplainLoop {
  const { everyMs = 10_000, now = Date.now } = options;
  const observer = new Observer(options.store);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const look = async (): Promise<void> => {
    const nowNanos = BigInt(Math.round(now())) * 1_000_000n;
    const range = { fromNanos: nowNanos - LONG_NANOS, toNanos: nowNanos };
    for (const info of await options.store.services()) {
      // A service without news since the last window has nothing new to say.
      if (stopped || info.lastNanos < range.fromNanos) continue;
      for (const observed of await observer.observe(info, range)) {
        if (stopped) return;
        await explainOne(options, observed, range);
      }
    }
    observer.forgetBefore(range.fromNanos - 60_000_000_000n);
  };
  const turn = async (): Promise<void> => {
    const started = performance.now();
    try {
      await look();
    } catch (error) {
      if (!stopped) options.onError(error);
    }
    const took = performance.now() - started;
    if (!stopped) schedule(Math.max(everyMs - took, took));
  };
  const schedule = (delay: number): void => {
    timer = setTimeout(() => {
      running = turn();
    }, delay);
  };
  schedule(everyMs);
  return {
    look,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Explains everything that a store holds as one window for each target: an opened recording. */
export async function explainWhole(
  store: Store,
  findings: FindingLog,
): Promise<readonly FindingRecord[]> {
  const observer = new Observer(store);
  const fresh: FindingRecord[] = [];
  for (const info of await store.services()) {
    const range = { fromNanos: info.firstNanos, toNanos: info.lastNanos + 1n };
    for (const { key, observation } of await observer.observe(info, range)) {
      fresh.push(...(await findings.report(key, ...explained([observation]))));
    }
  }
  return fresh;
}

async function explainOne(
  { findings, onFinding }: ExplainLoopOptions,
  { key, observation }: Observed,
  range: TimeRange,
): Promise<void> {
  const short = since(observation, range.toNanos - SHORT_NANOS);
  const windows = short === observation ? [observation] : [short, observation];
  for (const record of await findings.report(key, ...explained(windows))) onFinding(record);
}

/** What several windows of a target tell together; the last one says what cannot be told. */
function explained(
  windows: readonly Observation[],
): readonly [found: readonly Found[], questions: readonly NotMeasurable[]] {
  const found: Found[] = [];
  let questions: readonly NotMeasurable[] = [];
  for (const window of windows) {
    const report = explain(window);
    const range = { fromNanos: window.fromNanos, toNanos: window.toNanos };
    found.push(...report.findings.map((finding) => ({ finding, range })));
    questions = report.notMeasurable;
  }
  return [strongest(found), questions];
}

/** One finding for each kind and place: the more severe one, then the surer one. */
export function strongest(found: readonly Found[]): readonly Found[] {
  const best = new Map<string, Found>();
  for (const one of found) {
    const identity = JSON.stringify([one.finding.kind, one.finding.where[0]?.function ?? '']);
    const other = best.get(identity);
    if (other === undefined || isStronger(one.finding, other.finding)) best.set(identity, one);
  }
  return [...best.values()].sort((a, b) => RANK[a.finding.severity] - RANK[b.finding.severity]);
}

function isStronger(a: Finding, b: Finding): boolean {
  const rank = RANK[a.severity] - RANK[b.severity];
  return rank !== 0 ? rank < 0 : a.confidence > b.confidence;
}
