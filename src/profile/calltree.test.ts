import { describe, expect, test } from 'vitest';
import { buildCallTree } from './calltree.ts';
import { profileFromText, textFromTree } from './fromtext.ts';

function tree(text: string, options: Partial<Parameters<typeof buildCallTree>[1]> = {}): string {
  return textFromTree(buildCallTree(profileFromText(text), { sampleIndex: 0, ...options }));
}

describe('a call tree', () => {
  test('joins equal prefixes; the heaviest child comes first, ties by name', () => {
    const text = `
      main;a;x 1
      main;b 5
      main;a;y 2
      main;c 3
      main;a 1`;
    expect(tree(text)).toBe(
      `root 12
  main 12
    b 5 self 5
    a 4 self 1
      y 2 self 2
      x 1 self 1
    c 3 self 3`,
    );
    expect(tree('main;z 1\nmain;m 1\nmain;a 1')).toBe(
      `root 3
  main 3
    a 1 self 1
    m 1 self 1
    z 1 self 1`,
    );
  });

  test('keeps recursion', () => {
    expect(tree('f;f;f 2\nf;f 1')).toBe(
      `root 3
  f 3
    f 3 self 1
      f 2 self 2`,
    );
  });

  test('leaves out samples of value zero, and counts empty stacks in the root', () => {
    expect(tree('a 0\n- 4\nb 1')).toBe('root 5 self 4\n  b 1 self 1');
  });

  test('marks inlined frames, unless the call was not inlined somewhere', () => {
    expect(tree('main;a^;b^ 1')).toBe('root 1\n  main 1\n    a^ 1\n      b^ 1 self 1');
    expect(tree('main;a^ 1\nmain;a 1')).toBe('root 2\n  main 2\n    a 2 self 2');
  });

  test('inverted: children are callers', () => {
    expect(tree('main;a;alloc 3\nmain;b;alloc 4\nmain 1', { inverted: true })).toBe(
      `root 8
  alloc 7
    b 4
      main 4 self 4
    a 3
      main 3 self 3
  main 1 self 1`,
    );
  });

  test('at line granularity the lines of a function are apart', () => {
    const text = 'main@m.go:3;f@f.go:10 1\nmain@m.go:3;f@f.go:12 2';
    expect(tree(text, { granularity: 'lines' })).toBe(
      `root 3
  main:3 3
    f:12 2 self 2
    f:10 1 self 1`,
    );
    expect(tree(text)).toBe('root 3\n  main 3\n    f 3 self 3');
  });

  test('a floor leaves small nodes out and counts them; their value stays in the parent', () => {
    const profile = profileFromText('main;a;tiny 1\nmain;a;big 99\nmain;b 900');
    const floored = buildCallTree(profile, { sampleIndex: 0, minShare: 0.05 });
    expect(textFromTree(floored)).toBe(
      `root 1000
  main 1000
    b 900 self 900
    a 100
      big 99 self 99`,
    );
    expect(floored.omittedNodes).toBe(1);
  });

  test('growth that cancels out is not lost below the floor', () => {
    expect(tree('main;a 500\nmain;b;x 500\nmain;b;y -500', { minShare: 0.1 })).toBe(
      `root 500
  main 500
    a 500 self 500
    b 0
      x 500 self 500
      y -500 self -500`,
    );
  });

  test('values can be divided, as for the mean of several snapshots', () => {
    expect(tree('main;a 10\nmain 2', { divideBy: 4 })).toBe(
      'root 3\n  main 3 self 0.5\n    a 2.5 self 2.5',
    );
  });

  test('columns are in pre-order, with parents, depths and subtree ends', () => {
    const built = buildCallTree(profileFromText('m;a;b 2\nm;c 1'), { sampleIndex: 0 });
    expect([...built.parent]).toEqual([-1, 0, 1, 2, 1]);
    expect([...built.depth]).toEqual([0, 1, 2, 3, 2]);
    expect([...built.subtreeEnd]).toEqual([5, 5, 4, 4, 5]);
    expect(built.unit).toBe('count');
  });

  test('a node with many children is still joined by frame', () => {
    const many = Array.from({ length: 300 }, (_, i) => `main;f${i % 100} 1`).join('\n');
    const built = buildCallTree(profileFromText(many), { sampleIndex: 0 });
    expect(built.length).toBe(102);
    expect(new Set(built.total.subarray(2))).toEqual(new Set([3]));
  });

  test('a location without symbols is named after its mapping', () => {
    const profile = profileFromText('main;f 1');
    const mapping = {
      id: 1n,
      start: 0n,
      limit: 0n,
      offset: 0n,
      file: '/lib/libc.so.6',
      buildId: '',
      hasFunctions: false,
      hasFilenames: false,
      hasLineNumbers: false,
      hasInlineFrames: false,
    };
    const bare = {
      ...profile,
      mappings: [mapping],
      locations: {
        ...profile.locations,
        mapping: Int32Array.of(0, -1),
        lineStart: Uint32Array.of(0, 0, 0),
        lineFunction: new Int32Array(0),
        lineNumber: new Float64Array(0),
        lineColumn: new Float64Array(0),
      },
    };
    expect(textFromTree(buildCallTree(bare, { sampleIndex: 0 }))).toContain('[libc.so.6] 1');
    expect(textFromTree(buildCallTree(bare, { sampleIndex: 0 }))).toContain('<unknown> 1');
  });

  test('64-bit columns are summed too', () => {
    const text = `main;a ${2 ** 52}\nmain;b ${2 ** 53}`;
    expect(tree(text).split('\n')[0]).toBe(`root ${2 ** 52 + 2 ** 53}`);
  });

  test('an unknown sample type is refused', () => {
    expect(() => tree('a 1', { sampleIndex: 1 })).toThrow('profile has no sample type 1');
  });
});
