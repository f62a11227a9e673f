import { describe, expect, test } from 'vitest';
import { buildCallTree } from './calltree.ts';
import { type DiffTree, diffCallTrees } from './difftree.ts';
import { profileFromText } from './fromtext.ts';

const tree = (text: string, granularity: 'functions' | 'lines' = 'functions') =>
  buildCallTree(profileFromText(text), { sampleIndex: 0, granularity });

function picture(diff: DiffTree): string {
  return Array.from({ length: diff.length }, (_, node) => {
    const name = diff.frames.name[diff.frame[node] ?? -1] ?? 'root';
    return `${'  '.repeat(diff.depth[node] ?? 0)}${name} ${diff.baseTotal[node]}→${diff.total[node]}`;
  }).join('\n');
}

describe('two call trees as one', () => {
  test('nodes of both, sorted by the larger side', () => {
    const diff = diffCallTrees(tree('main;a 10\nmain;gone 6'), tree('main;a 3\nmain;new 8'));
    expect(picture(diff)).toBe(
      `root 16→11
  main 16→11
    a 10→3
    new 0→8
    gone 6→0`,
    );
    expect([...diff.baseSelf]).toEqual([0, 0, 10, 0, 6]);
    expect([...diff.self]).toEqual([0, 0, 3, 8, 0]);
  });

  test('a function whose file moved is the same function, shown where it is now', () => {
    const diff = diffCallTrees(
      tree('lib.F@lib@v1.0.0/f.go:3 2'),
      tree('lib.F@lib@v1.1.0/f.go:9 5'),
    );
    expect(picture(diff)).toBe('root 2→5\n  lib.F 2→5');
    expect(diff.frames.file).toEqual(['lib@v1.1.0/f.go']);
  });

  test('at line granularity lines are compared', () => {
    const before = tree('f@f.go:1 1\nf@f.go:2 2', 'lines');
    const after = tree('f@f.go:2 5', 'lines');
    expect(picture(diffCallTrees(before, after))).toBe('root 3→5\n  f 2→5\n  f 1→0');
  });

  test('the base can be scaled, as for captures of unlike length', () => {
    const diff = diffCallTrees(tree('main;a 30'), tree('main;a 20'), { baseScale: 1 / 3 });
    expect(picture(diff)).toBe('root 10→20\n  main 10→20\n    a 10→20');
  });

  test('a node stays when it is large on either side', () => {
    const diff = diffCallTrees(tree('m;old 100\nm;tiny 1'), tree('m;young 50'), { minShare: 0.1 });
    expect(picture(diff)).toBe('root 101→50\n  m 101→50\n    old 100→0\n    young 0→50');
    expect(diff.omittedNodes).toBe(1);
  });

  test('unlike units are refused', () => {
    const bytes = { ...tree('a 1'), unit: 'bytes' };
    expect(() => diffCallTrees(tree('a 1'), bytes)).toThrow('cannot compare count with bytes');
  });
});
