import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { profileFromText, textFromProfile } from '../profile/fromtext.ts';
import { decodeFolded, encodeFolded } from './folded.ts';

describe('folded stacks', () => {
  test('are read, with spaces in names and without suffixes', () => {
    const profile = decodeFolded('main;type of T_[i];sys_read_[k] 3\n# a comment\n\nmain 1\n');
    expect(textFromProfile(profile)).toBe('main;type of T;sys_read 3\nmain 1');
  });

  test('are written sorted, equal stacks added up, samples of zero left out', () => {
    const profile = profileFromText('main;b 1\nmain;a;c^ 2\nmain;b 3\nx 0');
    expect(encodeFolded(profile, 0)).toBe('main;a;c 2\nmain;b 4\n');
  });

  test('names cannot break a line apart', () => {
    const profile = decodeFolded('a 1');
    const strings = profile.strings.map((text) => (text === 'a' ? 'x;y\nz' : text));
    expect(encodeFolded({ ...profile, strings }, 0)).toBe('x:y z 1\n');
  });

  test('a line without a value is an error at its offset', () => {
    expect(() => decodeFolded('main;a 1\nmain;b\n')).toThrow(DecodeError);
    expect(() => decodeFolded('main;a 1\nmain;b\n')).toThrow('at byte 9');
  });

  test("fgprof's own output is read and written back", () => {
    const file = new URL(
      '../../test/fixtures/profiles/wall-fgprof-v0.9.5.folded.txt',
      import.meta.url,
    );
    const text = readFileSync(file, 'utf8');
    const sorted = text.trimEnd().split('\n').sort().join('\n');
    expect(encodeFolded(decodeFolded(text), 0).trimEnd()).toBe(sorted);
  });
});
