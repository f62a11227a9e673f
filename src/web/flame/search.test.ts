import { describe, expect, test } from 'vitest';
import { compilePattern, findMatches, matchFrames, nextMatch } from './search.ts';
import { nodeNamed, treeFromText } from './treetext.ts';

const tree = treeFromText(`
  main;json.Marshal@encode.go:1;json.Marshal@encode.go:1;reflect.Value 4
  main;json.Marshal@encode.go:1 2
  main;log.Print 3
`);
const search = (text: string) =>
  findMatches(tree, matchFrames(tree.frames, compilePattern(text, 'smart')));

describe('patterns', () => {
  test('ignore case unless they have capitals', () => {
    expect(search('marshal').total).toBe(6);
    expect(search('Marshal').total).toBe(6);
    expect(search('MARSHAL').total).toBe(0);
    expect(search('\\Smarshal').total).toBe(6);
  });

  test('of filters are exact, as in pprof', () => {
    const frames = matchFrames(tree.frames, compilePattern('marshal', 'exact'));
    expect(frames.includes(1)).toBe(false);
  });

  test('are RE2: no backtracking syntax, and a reason when they are wrong', () => {
    expect(compilePattern('(?=x)', 'smart').kind).toBe('invalid');
    const broken = compilePattern('a(', 'smart');
    expect(broken.kind === 'invalid' && broken.reason).toMatch(/missing closing \)/);
  });

  test('match files too', () => {
    expect(search('encode\\.go').total).toBe(6);
  });

  test('that are empty are none', () => {
    expect(compilePattern('', 'smart')).toEqual({ kind: 'none' });
  });
});

describe('the highlighted total', () => {
  test('adds up what the matches have themselves, and how many functions they are', () => {
    const tree = treeFromText('main;json;json 2\nmain;json;io 3\nmain;json 1\nmain 4');
    const found = findMatches(tree, matchFrames(tree.frames, compilePattern('json', 'smart')));
    expect(found).toMatchObject({ count: 1, self: 3, total: 6 });
  });

  test('counts a sample once, however often it matches', () => {
    const { nodes, total } = search('json');
    expect(nodes).toHaveLength(2);
    expect(total).toBe(6);
  });

  test('adds up separate places', () => {
    expect(search('reflect|log').total).toBe(7);
  });
});

describe('Enter and Shift+Enter', () => {
  const { nodes } = search('json|log');
  const [first = -1, second = -1, third = -1] = nodes;

  test('walk the matches and around the ends', () => {
    expect(nextMatch(nodes, -1, false)).toBe(first);
    expect(nextMatch(nodes, first, false)).toBe(second);
    expect(nextMatch(nodes, third, false)).toBe(first);
    expect(nextMatch(nodes, first, true)).toBe(third);
  });

  test('start from the selection, wherever it is', () => {
    expect(nextMatch(nodes, nodeNamed(tree, 'main'), false)).toBe(first);
  });

  test('have nowhere to go without a match', () => {
    expect(nextMatch(new Int32Array(), 3, false)).toBe(-1);
  });
});
