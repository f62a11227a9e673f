/**
 * Zooming and panning as arithmetic on a span of the width. No canvas, no time.
 *
 * Every function gives a span within 0 … 1 that is never narrower than MIN_SPAN, where Float64 still
 * tells neighbouring pixels apart.
 */

/** Fractions of the root's width. */
export interface Span {
  readonly left: number;
  readonly right: number;
}

export const FULL: Span = { left: 0, right: 1 };
export const MIN_SPAN = 1e-9;

/** Moves and shrinks a span into 0 … 1, keeping its width where it can. */
export function clampSpan(span: Span): Span {
  const width = Math.min(1, Math.max(MIN_SPAN, span.right - span.left));
  const left = Math.min(1 - width, Math.max(0, span.left));
  return { left, right: left + width };
}

/** Zooms so that the fraction `at` stays where it is. `factor` below 1 zooms in. */
export function zoomAt(span: Span, at: number, factor: number): Span {
  const width = Math.min(1, Math.max(MIN_SPAN, (span.right - span.left) * factor));
  const share = (at - span.left) / (span.right - span.left);
  const left = at - share * width;
  return clampSpan({ left, right: left + width });
}

/** Moves by a share of what is shown; positive is to the right. */
export function panBy(span: Span, share: number): Span {
  const step = (span.right - span.left) * share;
  return clampSpan({ left: span.left + step, right: span.right + step });
}

/** The span of two points in any order, e.g. the two ends of a drag. */
export function spanBetween(a: number, b: number): Span {
  return clampSpan({ left: Math.min(a, b), right: Math.max(a, b) });
}

export function sameSpan(a: Span, b: Span): boolean {
  const tolerance = 1e-3 * Math.min(a.right - a.left, b.right - b.left);
  return Math.abs(a.left - b.left) <= tolerance && Math.abs(a.right - b.right) <= tolerance;
}

/** Time constant of the easing: 98 % of a step is done within 120 ms. */
const EASE_MS = 30;

/** Where a moving span is `elapsedMs` later; arrives exactly. */
export function easeSpan(now: Span, goal: Span, elapsedMs: number): Span {
  const rest = Math.exp(-elapsedMs / EASE_MS);
  const next = {
    left: goal.left + (now.left - goal.left) * rest,
    right: goal.right + (now.right - goal.right) * rest,
  };
  return sameSpan(next, goal) ? goal : next;
}
