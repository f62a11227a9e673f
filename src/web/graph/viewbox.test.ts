import { describe, expect, test } from 'vitest';
import { centred, fitted, panned, zoomed } from './viewbox.ts';
import { neighboursOf } from './walk.ts';

const window = { width: 800, height: 600 };

describe('what a window shows of a drawing', () => {
  test('all of a large one, in the middle', () => {
    const box = fitted({ width: 4000, height: 1000 }, window);
    expect(box.scale).toBeCloseTo(4032 / 800);
    expect(box.x).toBeCloseTo(-16);
    expect(box.y + (600 * box.scale) / 2).toBeCloseTo(500);
  });

  test('a small one is not blown up', () => {
    expect(fitted({ width: 100, height: 50 }, window).scale).toBe(0.75);
  });

  test('zooming keeps the point under the pointer', () => {
    const before = { x: 10, y: 20, scale: 2 };
    const after = zoomed(before, { x: 300, y: 100 }, 2);
    expect(after.scale).toBe(1);
    expect(after.x + 300 * after.scale).toBe(before.x + 300 * before.scale);
    expect(after.y + 100 * after.scale).toBe(before.y + 100 * before.scale);
  });

  test('panning moves by pixels of the window', () => {
    expect(panned({ x: 0, y: 0, scale: 2 }, 10, -5)).toEqual({ x: -20, y: 10, scale: 2 });
  });

  test('a point can be brought into the middle', () => {
    const box = centred({ x: 0, y: 0, scale: 2 }, { x: 1000, y: 900 }, window);
    expect([box.x + 800, box.y + 600]).toEqual([1000, 900]);
  });
});

describe('who is beside a node', () => {
  const dot = [
    'N1 [label="main"]',
    'N1 -> N2 [label=" 6"]',
    'N1 -> N3 [label=" 3"]',
    'N3 -> N2 [label=" 1"]',
    'N2 -> N2_0 [label=" 4kB"]',
  ].join('\n');

  test('callers and callees come by weight, boxes of labels do not', () => {
    expect(neighboursOf(dot, 1, 'callers')).toEqual([0, 2]);
    expect(neighboursOf(dot, 0, 'callees')).toEqual([1, 2]);
    expect(neighboursOf(dot, 1, 'callees')).toEqual([]);
  });

  test('next and previous are callees of the same caller', () => {
    expect(neighboursOf(dot, 1, 'next')).toEqual([2]);
    expect(neighboursOf(dot, 2, 'previous')).toEqual([1]);
    expect(neighboursOf(dot, 0, 'next')).toEqual([]);
  });
});
