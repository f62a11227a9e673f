import { describe, expect, test } from 'vitest';
import { benchTree } from './bench-tree.ts';
import { layoutFlame, weightsOf } from './layout.ts';
import { treeFromText } from './treetext.ts';
import { collectVisible, newRectangles, type Window } from './visible.ts';

const ALL: Window = { left: 0, right: 1, top: 0, rows: 100 };

/** Draws what is collected with one letter a pixel; `.` is a merged block. */
function picture(text: string, window: Window, pixels: number): string[] {
  const tree = treeFromText(text);
  const out = newRectangles(1);
  collectVisible(tree, layoutFlame(tree, weightsOf(tree)), window, pixels, out);
  const rows: string[][] = [];
  for (let index = 0; index < out.length; index++) {
    const row = out.row[index] ?? 0;
    rows[row] ??= new Array<string>(pixels).fill(' ');
    const node = out.node[index] ?? -1;
    const name = node === 0 ? '*' : (tree.frames.name[tree.frame[node] ?? -1] ?? '.');
    const from = Math.max(0, Math.round(out.x[index] ?? 0));
    const to = Math.round((out.x[index] ?? 0) + (out.width[index] ?? 0));
    rows[row].fill(name.slice(0, 1), from, Math.max(from + 1, Math.min(pixels, to)));
  }
  return rows.map((row) => row.join(''));
}

const STACKS = `
  main;a;x 4
  main;a 2
  main;b;y 3
  c 1
`;

describe('what a window shows', () => {
  test('everything, at a pixel a unit', () => {
    expect(picture(STACKS, ALL, 10)).toEqual([
      '**********',
      'mmmmmmmmmc',
      'aaaaaabbb ',
      'xxxx  yyy ',
    ]);
  });

  test('a part of the width, enlarged; what is beside it is left out', () => {
    const window = { ...ALL, left: 0.6, right: 0.9 };
    expect(picture(STACKS, window, 6)).toEqual(['******', 'mmmmmm', 'bbbbbb', 'yyyyyy']);
  });

  test('a part of the rows', () => {
    const window = { ...ALL, top: 1, rows: 1 };
    expect(picture(STACKS, window, 10).filter(Boolean)).toEqual(['mmmmmmmmmc', 'aaaaaabbb ']);
  });

  test('neighbours that are too narrow become one dim block, and hide what is below them', () => {
    const many = ['main;big;deep 8', ...Array.from({ length: 8 }, (_, i) => `main;s${i};t 1`)];
    expect(picture(many.join('\n'), ALL, 8)).toEqual([
      '********',
      'mmmmmmmm',
      'bbbb....',
      'dddd    ',
    ]);
  });

  test('an empty window shows nothing', () => {
    expect(picture(STACKS, { ...ALL, right: 0 }, 10)).toEqual([]);
    expect(picture(STACKS, ALL, 0)).toEqual([]);
  });
});

describe('the cost', () => {
  test('follows the pixels, not the tree', () => {
    const tree = benchTree(100_000);
    const layout = layoutFlame(tree, weightsOf(tree));
    const out = newRectangles();
    collectVisible(tree, layout, { ...ALL, rows: layout.rows }, 1920, out);
    expect(out.length).toBeGreaterThan(500);
    expect(out.length).toBeLessThan(1920 * layout.rows * 0.5);
    collectVisible(tree, layout, { ...ALL, rows: layout.rows }, 100, out);
    expect(out.length).toBeLessThan(100 * layout.rows * 0.5);
  });

  test('no row is covered twice', () => {
    const tree = benchTree(20_000);
    const layout = layoutFlame(tree, weightsOf(tree));
    const out = newRectangles();
    collectVisible(tree, layout, { ...ALL, left: 0.2, right: 0.7, rows: 60 }, 1000, out);
    const ends = new Map<number, number>();
    for (let index = 0; index < out.length; index++) {
      const row = out.row[index] ?? 0;
      const x = out.x[index] ?? 0;
      expect(x).toBeGreaterThanOrEqual((ends.get(row) ?? -Infinity) - 0.01);
      ends.set(row, x + (out.width[index] ?? 0));
    }
  });
});
