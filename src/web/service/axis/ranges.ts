/**
 * What can be done with the ranges of the time axis: pure arithmetic, no events, no pixels.
 *
 * There is a window (what the axis shows), a selection (what everything below shows) and a base (what
 * the selection is compared with). Of two ranges that a person draws, the earlier one is the base:
 * “before” and “after” need no thought; `swap` is there for the rest.
 */
import type { AxisWindow, Range } from '../../app/url.ts';

/** Shortest window: a second. */
const LEAST_WINDOW_MS = 1_000;

export interface Ranges {
  readonly selection: Range | undefined;
  readonly base: Range | undefined;
}

/** The range between two moments in either order, within bounds; undefined when it is empty. */
export function rangeBetween(a: number, b: number, bounds: Range): Range | undefined {
  const from = Math.max(bounds.from, Math.round(Math.min(a, b)));
  const to = Math.min(bounds.to, Math.round(Math.max(a, b)));
  return to > from ? { from, to } : undefined;
}

/** A second range drawn beside the first: the earlier one becomes the base. */
export function pairOf(first: Range, second: Range): Ranges {
  return second.from < first.from
    ? { base: second, selection: first }
    : { base: first, selection: second };
}

/** The range of the same length that ends where this one begins. */
export function rangeBefore(range: Range): Range {
  return { from: range.from - (range.to - range.from), to: range.from };
}

/** Moves one edge to a time; an edge pulled past the other one turns the range over. */
export function withEdge(range: Range, edge: 'from' | 'to', time: number, bounds: Range): Range {
  const fixed = edge === 'from' ? range.to : range.from;
  return rangeBetween(fixed, time, bounds) ?? range;
}

/** Scales the window by `factor` (< 1 zooms in) about a moment, within bounds. */
export function zoomed(window: Range, factor: number, about: number, bounds: Range): Range {
  const span = Math.min(
    Math.max((window.to - window.from) * factor, LEAST_WINDOW_MS),
    bounds.to - bounds.from,
  );
  const share = (about - window.from) / (window.to - window.from);
  return within({ from: about - share * span, to: about + (1 - share) * span }, bounds);
}

/** Moves the window by a share of its own length, within bounds. */
export function panned(window: Range, share: number, bounds: Range): Range {
  const by = (window.to - window.from) * share;
  return within({ from: window.from + by, to: window.to + by }, bounds);
}

function within(range: Range, bounds: Range): Range {
  const span = Math.min(range.to - range.from, bounds.to - bounds.from);
  const from = Math.min(Math.max(range.from, bounds.from), bounds.to - span);
  return { from: Math.round(from), to: Math.round(from + span) };
}

export interface WindowInput {
  readonly window: AxisWindow;
  /** First and last data of the service. */
  readonly first: number;
  readonly last: number;
  readonly now: number;
  /** True when new data keeps arriving. */
  readonly live: boolean;
}

/** What a fresh live page shows; all of it while the service is younger. */
export const DEFAULT_LIVE_MS = 15 * 60_000;

/** The window in unix milliseconds. `last …` ends now when live, else at the newest data. */
export function resolveWindow({ window, first, last, now, live }: WindowInput): Range {
  if (window.kind === 'range') return { from: window.from, to: window.to };
  const end = Math.max(live ? now : last, first + LEAST_WINDOW_MS);
  const all = { from: first, to: end };
  if (window.kind === 'all') return all;
  if (window.kind === 'last') return { from: end - window.ms, to: end };
  return live ? { from: Math.max(first, end - DEFAULT_LIVE_MS), to: end } : all;
}
