/**
 * The state of the service view: which window and ranges, which tracks and findings.
 *
 * It reads the URL's view and the server's answers and writes only the view. It draws nothing. The
 * overview is asked for whenever service or window changes; the old answer stays on the axis until
 * the new one is here, so that zooming and live time never blank it.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Findings, Overview, WireFinding, WireSeries, WireService } from '../../api/wire.ts';
import type { HistoryStep } from '../app/history.ts';
import { lastOf, Question } from '../app/loaded.ts';
import type { Page } from '../app/page.ts';
import type { Range, ViewState } from '../app/url.ts';
import {
  pairOf,
  panned,
  type Ranges,
  rangeBefore,
  rangeBetween,
  resolveWindow,
  withEdge,
  zoomed,
} from './axis/ranges.ts';
import { isOfTarget, type Limits, stopsOf, type Track, tracksOf } from './axis/tracks.ts';
import { type EvidenceView, exactly, findingOf, viewOfFinding } from './findings.ts';
import type { FindingsModel } from './findingsmodel.ts';

interface Answer {
  readonly overview: Overview;
  readonly limits: readonly WireSeries[];
  readonly notMeasurable: Findings['notMeasurable'];
}

const GOMAXPROCS = '/sched/gomaxprocs:threads';
const GOMEMLIMIT = '/gc/gomemlimit:bytes';
/** The runtime's way to say “no limit” is math.MaxInt64; nobody has a pebibyte. */
const NO_LIMIT = 2 ** 50;
/** Zooming asks once it rests for this long. */
const REST_MS = 120;
/** The profile of a moving window is asked again when the window has moved by this share. */
const LIVE_STEP = 1 / 60;
const LEAST_STEP_MS = 10_000;

export class ServiceModel implements FindingsModel {
  readonly page: Page;
  readonly overview = new Question<Answer>();
  /** Where the pointer or the keyboard is on the axis. */
  readonly cursor = signal<number | undefined>(undefined);
  /** Where the keyboard put it: what is read out. A moving pointer stays silent. */
  readonly spoken = signal<number | undefined>(undefined);
  /** Ranges while they are being drawn; the URL has them when the pointer is let go. */
  readonly drawn = signal<Ranges | undefined>(undefined);
  /** True when the next drawn range is the second one of a comparison. */
  readonly comparing = signal(false);
  readonly asTable = signal(false);

  readonly view: ReadonlySignal<ViewState>;
  readonly info: ReadonlySignal<WireService | undefined>;
  readonly live: ReadonlySignal<boolean>;
  /** True while the window's right end moves with time. */
  readonly following: ReadonlySignal<boolean>;
  readonly window: ReadonlySignal<Range>;
  readonly bounds: ReadonlySignal<Range>;
  readonly ranges: ReadonlySignal<Ranges>;
  /** What the profile below shows. */
  readonly profileRange: ReadonlySignal<Range>;
  readonly tracks: ReadonlySignal<readonly Track[]>;
  readonly marks: ReadonlySignal<Overview['marks']>;
  readonly findings: ReadonlySignal<readonly WireFinding[]>;
  readonly opened: ReadonlySignal<WireFinding | undefined>;
  readonly looking: ReadonlySignal<boolean>;
  readonly unanswered: ReadonlySignal<Findings['notMeasurable']>;

  private stops: readonly number[] = [];

  constructor(page: Page) {
    this.page = page;
    this.view = page.history.view;
    this.info = computed(() => {
      const { service } = this.view.value;
      return lastOf(page.services.answer.value)?.services.find((s) => s.service === service);
    });
    this.live = computed(
      () => (lastOf(page.services.answer.value)?.mode ?? 'live') !== 'recording',
    );
    this.following = computed(() => this.live.value && this.view.value.window.kind !== 'range');
    this.window = stable(() => this.resolve(this.view.value));
    this.bounds = stable(() => {
      const all = this.resolve({ ...this.view.value, window: { kind: 'all' } });
      const { from, to } = this.window.value;
      return { from: Math.min(all.from, from), to: Math.max(all.to, to) };
    });
    this.ranges = computed(() => this.drawn.value ?? this.view.value);
    this.profileRange = stable(() => this.view.value.selection ?? this.coarse(this.window.value));
    const answer = computed(() => lastOf(this.overview.answer.value));
    this.tracks = computed(() => {
      if (answer.value === undefined) return [];
      const { overview, limits } = answer.value;
      const { target } = this.view.value;
      return tracksOf(overview, limitsOf(limits, target), target);
    });
    this.marks = computed(() => answer.value?.overview.marks ?? []);
    this.findings = computed(() => answer.value?.overview.findings ?? []);
    this.looking = computed(() => this.overview.answer.value.state === 'loading');
    this.unanswered = computed(() => answer.value?.notMeasurable ?? []);
    this.opened = computed(() => findingOf(this.findings.value, this.view.value.finding));
  }

  /** Keeps asking while the view is mounted. Returns the stop. */
  start(): () => void {
    let asked: { service: string; window: Range } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopAsking = effect(() => {
      const { service } = this.view.value;
      const window = this.window.value;
      this.page.beat.value;
      if (this.info.value === undefined) return;
      const failed = this.overview.answer.peek().state === 'failed';
      const fresh = service !== asked?.service;
      if (!fresh && window === asked?.window && !failed) return;
      // A slow answer is waited for: live time must not cancel it again and again.
      if (!fresh && this.overview.busy && this.following.value) return;
      asked = { service, window };
      clearTimeout(timer);
      timer = setTimeout(() => this.ask(service, window, fresh), fresh ? 0 : REST_MS);
    });
    const stopStops = effect(() => {
      this.stops = stopsOf(this.tracks.value, this.window.value);
    });
    return () => {
      clearTimeout(timer);
      stopAsking();
      stopStops();
      this.overview.stop();
    };
  }

  /** The moments that the keyboard's cursor stops at, ascending: those of what is shown instead. */
  stopAt(times: Float64Array): void {
    const { from, to } = this.window.peek();
    this.stops = Array.from(times).filter((time) => time >= from && time <= to);
  }

  private ask(service: string, window: Range, fresh: boolean): void {
    void this.overview.ask(async (signal) => {
      const { api } = this.page;
      const name = [GOMAXPROCS, GOMEMLIMIT];
      const [overview, limits, { notMeasurable }] = await Promise.all([
        api.overview(service, window, signal),
        api.metrics({ service, name, ...window, maxPoints: 2 }, signal),
        api.findings({ service, ...window }, signal),
      ]);
      return { overview, limits, notMeasurable };
    }, fresh);
  }

  private resolve(view: ViewState): Range {
    this.page.beat.value;
    const now = this.page.now();
    const info = this.info.value;
    const { live } = this;
    const { first, last } = info ?? { first: now - 1, last: now };
    return resolveWindow({ window: view.window, first, last, now, live: live.value });
  }

  private coarse(window: Range): Range {
    if (!this.following.value) return window;
    // Doubling steps: a window that grows with its service does not change its step each time.
    const times = ((window.to - window.from) * LIVE_STEP) / LEAST_STEP_MS;
    const step = LEAST_STEP_MS * 2 ** Math.max(0, Math.ceil(Math.log2(times)));
    return { from: Math.floor(window.from / step) * step, to: Math.ceil(window.to / step) * step };
  }

  go(change: Partial<ViewState>, step: HistoryStep = 'push'): void {
    this.page.history.go(change, step);
  }

  /** Takes a drawn range: the selection, or the second range of a comparison. */
  select(range: Range, second: boolean): void {
    this.drawn.value = undefined;
    this.comparing.value = false;
    this.go(this.withDrawn(range, second));
  }

  /** What drawing this range would select. */
  withDrawn(range: Range, second: boolean): Ranges {
    const { selection, base } = this.view.value;
    if (!second || selection === undefined) return { selection: range, base: undefined };
    // A third range replaces the selection: the base stays until it is cleared or swapped.
    return pairOf(base ?? selection, range);
  }

  clearRanges(): void {
    this.comparing.value = false;
    this.drawn.value = undefined;
    this.go({ selection: undefined, base: undefined });
  }

  compareWithBefore(): void {
    const selection = this.view.value.selection ?? this.laterHalf();
    this.go({ selection, base: rangeBefore(selection) });
  }

  private laterHalf(): Range {
    const { from, to } = this.window.value;
    return { from: Math.round((from + to) / 2), to };
  }

  swap(): void {
    const { selection, base } = this.view.value;
    if (base !== undefined) this.go({ selection: base, base: selection });
  }

  setWindow(range: Range, step: HistoryStep = 'push'): void {
    this.go({ window: { kind: 'range', ...range } }, step);
  }

  zoom(factor: number, about = this.cursor.value ?? this.middle()): void {
    this.setWindow(zoomed(this.window.value, factor, about, this.bounds.value), 'replace');
  }

  pan(share: number): void {
    this.setWindow(panned(this.window.value, share, this.bounds.value), 'replace');
  }

  private middle(): number {
    const { from, to } = this.ranges.value.selection ?? this.window.value;
    return (from + to) / 2;
  }

  /** Moves the keyboard cursor to the next (+1) or previous (−1) moment that was measured. */
  step(direction: 1 | -1): void {
    const { from, to } = this.window.value;
    const at = this.cursor.value;
    const edge = direction === 1 ? from : to;
    const next =
      direction === 1
        ? this.stops.find((time) => time > (at ?? edge - 1))
        : this.stops.findLast((time) => time < (at ?? edge + 1));
    this.cursor.value = next ?? at ?? edge;
    this.spoken.value = this.cursor.value;
  }

  /** Sets one edge of the selected range to the cursor; a range that was not there runs to the end. */
  setEdge(edge: 'from' | 'to'): void {
    const at = this.cursor.value;
    if (at === undefined) return;
    const bounds = this.window.value;
    const range = this.view.value.selection ?? bounds;
    // The moment under the cursor belongs to the range: its end is just after it.
    const time = edge === 'to' ? at + 1 : at;
    this.go({ selection: withEdge(range, edge, time, bounds) }, 'replace');
  }

  /** Moves the cursor and takes the edge of the range along that it stands at. */
  extend(direction: 1 | -1): void {
    const start = this.cursor.value ?? this.middle();
    this.step(direction);
    const at = this.cursor.value ?? start;
    const range = this.view.value.selection;
    const bounds = this.window.value;
    const near =
      range !== undefined && Math.abs(range.from - start) < Math.abs(range.to - start)
        ? range.to
        : range?.from;
    const selection = rangeBetween(near ?? start, at, bounds);
    if (selection !== undefined) this.go({ selection }, range === undefined ? 'push' : 'replace');
  }

  readonly now = (): number => this.page.now();

  show(finding: WireFinding, evidence?: EvidenceView): void {
    this.go(viewOfFinding(finding, this.view.value, evidence));
  }

  light(name: string): void {
    this.go({ profile: { ...this.view.value.profile, search: exactly(name) } });
  }

  close(): void {
    this.go({ finding: '' });
  }

  /** Opens the next (+1) or previous (−1) finding of the list. */
  openNext(direction: 1 | -1): void {
    const list = this.findings.value;
    const at = this.opened.value === undefined ? -1 : list.indexOf(this.opened.value);
    const next = at < 0 && direction < 0 ? list.length - 1 : at + direction;
    const finding = list[(next + list.length) % list.length];
    if (finding !== undefined) this.show(finding);
  }
}

/** A range that keeps its identity while its numbers stay the same. */
function stable(compute: () => Range): ReadonlySignal<Range> {
  let last: Range | undefined;
  return computed(() => {
    const next = compute();
    if (last === undefined || last.from !== next.from || last.to !== next.to) last = next;
    return last;
  });
}

/** Limits of several targets add up, as their values do. */
function limitsOf(series: readonly WireSeries[], target: ViewState['target']): Limits {
  const total = (name: string): number | undefined => {
    let sum: number | undefined;
    for (const one of series) {
      if (one.name !== name || !isOfTarget(one.labels, target)) continue;
      const value = one.value.findLast((v) => v !== null);
      if (value !== null && value !== undefined && value < NO_LIMIT) sum = (sum ?? 0) + value;
    }
    return sum;
  };
  const limits: { cpu?: number; heap?: number } = {};
  const cpu = total(GOMAXPROCS);
  const heap = total(GOMEMLIMIT);
  if (cpu !== undefined) limits.cpu = cpu;
  if (heap !== undefined) limits.heap = heap;
  return limits;
}
