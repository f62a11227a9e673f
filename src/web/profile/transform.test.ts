import { describe, expect, test } from 'vitest';
import type { CallTree } from '../../profile/calltree.ts';
import { diffCallTrees } from '../../profile/difftree.ts';
import { compilePattern } from '../flame/search.ts';
import { textFromTree, treeFromText } from '../flame/treetext.ts';
import { filterTree, framesNamed, outermost, sandwichOf, type TreeFilters } from './transform.ts';

const STACKS = `
  main;serve;json;alloc 5
  main;serve;db 3
  main;log;json 2
  gc;mark 4
`;

function filtered(tree: CallTree, filters: Partial<Record<keyof TreeFilters, string>>): string {
  const pattern = (name: keyof TreeFilters) => compilePattern(filters[name] ?? '', 'exact');
  const { tree: result } = filterTree(
    { tree, base: undefined },
    {
      focus: pattern('focus'),
      ignore: pattern('ignore'),
      hide: pattern('hide'),
      show: pattern('show'),
      collapseRecursion: filters.collapseRecursion !== undefined,
    },
  );
  return textFromTree(result);
}

describe('filters', () => {
  const tree = treeFromText(STACKS);

  test('focus keeps stacks with a match, whole', () => {
    expect(filtered(tree, { focus: 'json' })).toBe(
      [
        'main 7',
        '  serve 5',
        '    json 5',
        '      alloc 5 (self 5)',
        '  log 2',
        '    json 2 (self 2)',
      ].join('\n'),
    );
  });

  test('ignore drops stacks with a match', () => {
    expect(filtered(tree, { ignore: 'json|gc' })).toBe(
      ['main 3', '  serve 3', '    db 3 (self 3)'].join('\n'),
    );
  });

  test('focus and ignore together', () => {
    expect(filtered(tree, { focus: 'json', ignore: 'serve' })).toBe(
      ['main 2', '  log 2', '    json 2 (self 2)'].join('\n'),
    );
  });

  test('hide gives a frame’s value to its caller, and joins what becomes equal', () => {
    expect(filtered(tree, { hide: 'serve|log' })).toBe(
      [
        'main 10',
        '  json 7 (self 2)',
        '    alloc 5 (self 5)',
        '  db 3 (self 3)',
        'gc 4',
        '  mark 4 (self 4)',
      ].join('\n'),
    );
  });

  test('show leaves only matching frames; stacks without one are gone', () => {
    expect(filtered(tree, { show: 'json|serve' })).toBe(
      ['serve 8 (self 3)', '  json 5 (self 5)', 'json 2 (self 2)'].join('\n'),
    );
  });

  test('what cannot be parsed filters nothing', () => {
    expect(filtered(tree, { focus: 'a(' })).toBe(textFromTree(tree));
  });

  test('what was left out of the tree stays in its caller’s total', () => {
    const total = tree.total.map((value, node) => (node === 0 ? value + 1 : value));
    const result = filterTree(
      { tree: { ...tree, total }, base: undefined },
      {
        focus: compilePattern('', 'exact'),
        ignore: compilePattern('gc', 'exact'),
        hide: compilePattern('', 'exact'),
        show: compilePattern('', 'exact'),
        collapseRecursion: false,
      },
    );
    expect(result.tree.total[0]).toBe(11);
  });
});

describe('collapsed recursion', () => {
  test('direct', () => {
    const tree = treeFromText('main;walk;walk;walk;leaf 3\nmain;walk;walk 2');
    expect(filtered(tree, { collapseRecursion: 'yes' })).toBe(
      ['main 5', '  walk 5 (self 2)', '    leaf 3 (self 3)'].join('\n'),
    );
  });

  test('mutual: a frame that is already on the stack goes back to its place', () => {
    const tree = treeFromText('main;expr;stmt;expr;call 4');
    expect(filtered(tree, { collapseRecursion: 'yes' })).toBe(
      ['main 4', '  expr 4', '    call 4 (self 4)'].join('\n'),
    );
  });
});

describe('a difference', () => {
  test('keeps the base’s values with their nodes', () => {
    const base = treeFromText('main;serve;json 1\nmain;gone 7');
    const { baseSelf, baseTotal, ...tree } = diffCallTrees(base, treeFromText(STACKS));
    const coverage = { from: 0, to: 1, profiles: 1, durationMs: 0 };
    const none = compilePattern('', 'exact');
    const result = filterTree(
      { tree, base: { coverage, self: baseSelf, total: baseTotal } },
      {
        focus: compilePattern('gone|db', 'exact'),
        ignore: none,
        hide: none,
        show: none,
        collapseRecursion: false,
      },
    );
    expect(textFromTree(result.tree)).toBe(
      ['main 3', '  gone 0', '  serve 3', '    db 3 (self 3)'].join('\n'),
    );
    expect([...(result.base?.total ?? [])]).toEqual([7, 7, 7, 0, 0]);
  });
});

describe('the sandwich', () => {
  const tree = treeFromText(STACKS);
  const { callers, callees } = sandwichOf({ tree, base: undefined }, 'json');

  test('what it calls, from all places together', () => {
    expect(textFromTree(callees.tree)).toBe(['json 7 (self 2)', '  alloc 5 (self 5)'].join('\n'));
  });

  test('who calls it, upwards', () => {
    expect(textFromTree(callers.tree)).toBe(
      ['json 7', '  serve 5', '    main 5 (self 5)', '  log 2', '    main 2 (self 2)'].join('\n'),
    );
  });

  test('counts recursion once', () => {
    const recursive = treeFromText('main;walk;walk;leaf 3\nmain;walk 1');
    const halves = sandwichOf({ tree: recursive, base: undefined }, 'walk');
    expect(halves.callers.tree.total[0]).toBe(4);
    expect(halves.callees.tree.total[0]).toBe(4);
    expect(outermost(recursive, framesNamed(recursive.frames, 'walk'))).toHaveLength(1);
  });
});
