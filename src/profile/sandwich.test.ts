import { describe, expect, test } from 'vitest';
import { buildCallTree } from './calltree.ts';
import { profileFromText, textFromTree } from './fromtext.ts';
import { sandwich } from './sandwich.ts';

function of(text: string, name: string) {
  const tree = buildCallTree(profileFromText(text), { sampleIndex: 0 });
  return sandwich(tree, tree.frames.name.indexOf(name));
}

describe('one function in the middle', () => {
  const text = `
    main;a;lock;spin 4
    main;b;lock;wait 2
    main;b;lock 1
    main;other 9`;

  test('flat and cumulative value', () => {
    expect(of(text, 'lock')).toMatchObject({ flat: 1, cum: 7 });
  });

  test('callers, nearest first', () => {
    expect(textFromTree(of(text, 'lock').callers)).toBe(
      `root 7
  lock 7
    a 4
      main 4 self 4
    b 3
      main 3 self 3`,
    );
  });

  test('callees, whoever called', () => {
    expect(textFromTree(of(text, 'lock').callees)).toBe(
      `root 7
  lock 7 self 1
    spin 4 self 4
    wait 2 self 2`,
    );
  });

  test('recursion counts once, from the outermost call', () => {
    const walk = of('main;walk;walk;leaf 5\nmain;walk 1', 'walk');
    expect(walk).toMatchObject({ flat: 1, cum: 6 });
    expect(textFromTree(walk.callers)).toBe('root 6\n  walk 6\n    main 6 self 6');
    expect(textFromTree(walk.callees)).toBe(
      'root 6\n  walk 6 self 1\n    walk 5\n      leaf 5 self 5',
    );
  });
});
