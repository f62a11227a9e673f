import { describe, expect, test } from 'vitest';
import { profileFromText, textFromProfile } from './fromtext.ts';
import { brokenInvariant } from './validate.ts';

describe('profiles written as text', () => {
  test.each([
    'main;a;b 3',
    'main.(*T).f@pkg/mod/x@v1.2.3/t.go:12;g^ -4',
    'f 1 {endpoint=/cart, bytes:1024 bytes, n:-7}',
    '- 5',
    'a 1\nb 2\na 1',
  ])('%j is read and written back', (text) => {
    const profile = profileFromText(text);
    expect(brokenInvariant(profile)).toBeUndefined();
    expect(textFromProfile(profile)).toBe(text);
  });

  test('comments and indentation are ignored', () => {
    expect(textFromProfile(profileFromText('\n  # two stacks\n  a;b 1\n\n  c 2\n'))).toBe(
      'a;b 1\nc 2',
    );
  });

  test('a line without as many values as there are sample types is refused', () => {
    expect(() => profileFromText('a;b')).toThrow('Cannot parse the sample "a;b"');
    expect(() => profileFromText('a 1 2')).toThrow('Cannot parse the sample');
  });
});
