import { describe, expect, test } from 'vitest';
import { profileFromText } from '../profile/fromtext.ts';
import { sourceFunctions } from './source.ts';

const list = (text: string, pattern: RegExp) =>
  sourceFunctions(profileFromText(text), {
    sampleIndex: 0,
    select: (name) => pattern.test(name),
  });

describe('values by source line', () => {
  test('flat where the sample was taken, cumulative where it passed', () => {
    expect(
      list(
        'main@m.go:5;f@f.go:10 2\nmain@m.go:6;f@f.go:12;g@g.go:3 4\nmain@m.go:6 1',
        /^(main|f)$/,
      ),
    ).toEqual([
      {
        name: 'main',
        file: 'm.go',
        startLine: 0,
        flat: 1,
        cum: 7,
        lines: [
          { line: 5, flat: 0, cum: 2 },
          { line: 6, flat: 1, cum: 5 },
        ],
      },
      {
        name: 'f',
        file: 'f.go',
        startLine: 0,
        flat: 2,
        cum: 6,
        lines: [
          { line: 10, flat: 2, cum: 2 },
          { line: 12, flat: 0, cum: 4 },
        ],
      },
    ]);
  });

  test('a line that recurs in a stack counts once; so does its function', () => {
    expect(list('f@f.go:1;f@f.go:2;f@f.go:1 3', /f/)).toMatchObject([
      {
        flat: 3,
        cum: 3,
        lines: [
          { line: 1, flat: 3, cum: 3 },
          { line: 2, flat: 0, cum: 3 },
        ],
      },
    ]);
  });

  test('the innermost of inlined frames has the flat value', () => {
    expect(
      list('main@m.go:5;f@f.go:10^ 2', /./).map(({ name, flat, cum }) => [name, flat, cum]),
    ).toEqual([
      ['f', 2, 2],
      ['main', 0, 2],
    ]);
  });

  test('functions without a value are left out', () => {
    expect(list('f@f.go:1 0\ng@g.go:1 1', /f/)).toEqual([]);
  });
});
