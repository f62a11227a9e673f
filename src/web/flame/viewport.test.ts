import { describe, expect, test } from 'vitest';
import {
  clampSpan,
  easeSpan,
  FULL,
  MIN_SPAN,
  panBy,
  sameSpan,
  spanBetween,
  zoomAt,
} from './viewport.ts';

const widthOf = (span: { left: number; right: number }) => span.right - span.left;

describe('zooming', () => {
  test('keeps the point under the pointer where it is', () => {
    const span = zoomAt({ left: 0.2, right: 0.6 }, 0.3, 0.5);
    expect(widthOf(span)).toBeCloseTo(0.2);
    expect((0.3 - span.left) / widthOf(span)).toBeCloseTo((0.3 - 0.2) / 0.4);
  });

  test('out stops at everything', () => {
    expect(zoomAt({ left: 0.2, right: 0.6 }, 0.3, 100)).toEqual(FULL);
  });

  test('in stops before neighbouring pixels become one', () => {
    let span = FULL;
    for (let step = 0; step < 200; step++) span = zoomAt(span, 0.3, 0.5);
    expect(widthOf(span)).toBeCloseTo(MIN_SPAN, 12);
    expect(span.left).toBeLessThanOrEqual(0.3);
    expect(span.right).toBeGreaterThanOrEqual(0.3);
  });

  test('at the edge does not leave the picture', () => {
    const span = zoomAt({ left: 0, right: 0.5 }, 0, 1.5);
    expect(span).toEqual({ left: 0, right: 0.75 });
  });
});

describe('panning', () => {
  test('moves by a share of what is shown, and keeps the zoom at the ends', () => {
    const half = panBy({ left: 0.25, right: 0.75 }, 0.2);
    expect(half.left).toBeCloseTo(0.35);
    expect(widthOf(half)).toBeCloseTo(0.5);
    expect(panBy({ left: 0.25, right: 0.75 }, 10)).toEqual({ left: 0.5, right: 1 });
    expect(panBy(FULL, 0.5)).toEqual(FULL);
  });
});

describe('a drag', () => {
  test('is the same from left and from right', () => {
    expect(spanBetween(0.6, 0.2)).toEqual(spanBetween(0.2, 0.6));
  });

  test('beyond the edge ends there', () => {
    expect(clampSpan({ left: -0.2, right: 0.3 }).left).toBe(0);
  });
});

describe('easing', () => {
  test('is done within 120 ms at 60 frames a second', () => {
    const goal = { left: 0.4, right: 0.6 };
    let span = FULL;
    for (let frame = 0; frame < 8; frame++) span = easeSpan(span, goal, 1000 / 60);
    expect(span.left).toBeCloseTo(goal.left, 1);
    expect(span.right).toBeCloseTo(goal.right, 1);
  });

  test('arrives exactly, and stays', () => {
    const goal = { left: 0.4, right: 0.6 };
    expect(easeSpan(FULL, goal, 1000)).toBe(goal);
    expect(easeSpan(goal, goal, 0)).toBe(goal);
  });

  test('spans are the same when no pixel tells them apart', () => {
    expect(sameSpan({ left: 0.4, right: 0.6 }, { left: 0.40001, right: 0.6 })).toBe(true);
    expect(sameSpan({ left: 0.4, right: 0.6 }, { left: 0.41, right: 0.6 })).toBe(false);
  });
});
