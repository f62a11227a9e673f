import { describe, expect, test } from 'vitest';
import { clip, wrap } from './terminal.ts';

describe('wrapping', () => {
  test('breaks between words and indents what follows', () => {
    expect(wrap('one two three', 7, '  ')).toBe('one two\n  three');
  });

  test('leaves a word that is too long in one piece', () => {
    expect(wrap('a github.com/very/long.Name b', 5, '> ')).toBe(
      'a\n> github.com/very/long.Name\n> b',
    );
  });

  test('of nothing is nothing', () => {
    expect(wrap('', 10, '  ')).toBe('');
  });
});

test('a line that is too long is cut with an ellipsis', () => {
  expect(clip('abcdef', 4)).toBe('abc…');
  expect(clip('abcd', 4)).toBe('abcd');
});
