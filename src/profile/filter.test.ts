import { describe, expect, test } from 'vitest';
import { UserError } from '../base/errors.ts';
import { filterProfile, filterProfileReporting, type ProfileFilter } from './filter.ts';
import { profileFromText, textFromProfile } from './fromtext.ts';
import { dropUninteresting } from './prune.ts';
import { brokenInvariant } from './validate.ts';

function filtered(text: string, filter: ProfileFilter): string[] {
  const result = filterProfile(profileFromText(text), filter);
  expect(brokenInvariant(result)).toBeUndefined();
  return textFromProfile(result).split('\n');
}

const stacks = `
  main;serve;parse 1
  main;serve;store;fsync 2
  main;gc;mark 4
  - 8`;

describe('which samples stay', () => {
  test('focus keeps stacks with a match, ignore drops them', () => {
    expect(filtered(stacks, { focus: 'serve' })).toEqual([
      'main;serve;parse 1',
      'main;serve;store;fsync 2',
    ]);
    expect(filtered(stacks, { ignore: 'serve' })).toEqual(['main;gc;mark 4']);
    expect(filtered(stacks, { focus: 'serve', ignore: 'fsync' })).toEqual(['main;serve;parse 1']);
  });

  test('files match too', () => {
    expect(filtered('f@a/x.go:1 1\ng@b/y.go:1 2', { focus: '^a/' })).toEqual(['f@a/x.go:1 1']);
  });

  test('show_from keeps what the outermost match calls', () => {
    expect(filtered('a;b;c;b;d 1\nx;y 2', { showFrom: 'b' })).toEqual(['b;c;b;d 1']);
  });

  test('labels: all of them, exactly', () => {
    const text = 'f 1 {path=/a, code:200}\nf 2 {path=/a}\nf 4 {path=/ab, code:200}';
    expect(filtered(text, { labels: { path: '/a' } })).toEqual([
      'f 1 {path=/a, code:200}',
      'f 2 {path=/a}',
    ]);
    expect(filtered(text, { labels: { path: '/a', code: '200' } })).toEqual([
      'f 1 {path=/a, code:200}',
    ]);
  });
});

describe('which frames stay', () => {
  test('hide takes frames out, show leaves only the matching', () => {
    expect(filtered(stacks, { hide: 'serve|gc' })).toEqual([
      'main;parse 1',
      'main;store;fsync 2',
      'main;mark 4',
    ]);
    expect(filtered(stacks, { show: 'serve|fsync' })).toEqual(['serve 1', 'serve;fsync 2']);
  });

  test('of inlined frames only those that match are taken out', () => {
    expect(filtered('main;a^;b^;c^ 1', { hide: '^[ab]$' })).toEqual(['main;c^ 1']);
    expect(filtered('main;a^;b^;c^ 1', { show: '^[ab]$' })).toEqual(['a;b^ 1']);
  });

  test('prune_from cuts below the innermost match', () => {
    expect(filtered('a;b;c;b;d 1\nx;y 2', { pruneFrom: '^b$' })).toEqual(['a;b;c;b 1', 'x;y 2']);
    expect(filtered('m;a;b^;c^ 1', { pruneFrom: '^b$' })).toEqual(['m;a;b^ 1']);
  });

  test("the profile's own drop_frames are cut off, except keep_frames", () => {
    const profile = profileFromText('main;malloc;refill 1\nmain;malloc_keep;x 2\nmalloc;y 3', {
      dropFrames: 'malloc.*',
      keepFrames: 'malloc_keep',
    });
    // A stack that begins with a dropped frame is left whole.
    expect(textFromProfile(dropUninteresting(profile)).split('\n')).toEqual([
      'main 1',
      'main;malloc_keep;x 2',
      'malloc;y 3',
    ]);
  });
});

describe('tags', () => {
  const tagged = `
    f 1 {path=/cart, bytes:1024 bytes}
    f 2 {path=/checkout, bytes:4096 bytes}
    f 4 {bytes:1048576 bytes}
    f 8`;
  const values = (filter: ProfileFilter) =>
    filtered(tagged, filter).map((line) => Number(line.split(' ')[1] ?? 0));

  test('an expression is matched against key:value', () => {
    expect(values({ tagFocus: 'path:/c' })).toEqual([1, 2]);
    expect(values({ tagIgnore: 'cart' })).toEqual([2, 4, 8]);
    // All of several expressions must match something.
    expect(values({ tagFocus: 'path,cart' })).toEqual([1]);
  });

  test('with a key, any of the expressions must match its value', () => {
    expect(values({ tagFocus: 'path=cart,out$' })).toEqual([1, 2]);
    expect(values({ tagFocus: 'other=cart' })).toEqual([0]);
  });

  test('ranges are compared in their unit', () => {
    expect(values({ tagFocus: '1kb' })).toEqual([1]);
    expect(values({ tagFocus: ':4kb' })).toEqual([1, 2]);
    expect(values({ tagFocus: '4kb:' })).toEqual([2, 4]);
    expect(values({ tagFocus: 'bytes=2kb:2mb' })).toEqual([2, 4]);
    expect(values({ tagIgnore: '1kb:1mb' })).toEqual([8]);
  });

  test('labels can be shown and hidden by key', () => {
    expect(filtered(tagged, { tagShow: '^path$' })).toEqual([
      'f 1 {path=/cart}',
      'f 2 {path=/checkout}',
      'f 4',
      'f 8',
    ]);
    expect(filtered(tagged, { tagHide: 'path' })[0]).toBe('f 1 {bytes:1024 bytes}');
  });
});

describe('expressions', () => {
  test('are RE2: what JavaScript alone knows is refused', () => {
    expect(() => filtered(stacks, { focus: '(?=x)' })).toThrow(UserError);
    expect(() => filtered(stacks, { tagFocus: '[' })).toThrow(/Cannot parse tagfocus regexp "\["/);
  });

  test('tell whether they matched, as pprof warns when one did not', () => {
    const { matches } = filterProfileReporting(profileFromText(stacks), {
      focus: 'serve',
      ignore: 'nothing',
      hide: 'store',
      tagFocus: 'nothing',
    });
    expect(matches).toEqual({ focus: true, ignore: false, hide: true, tagFocus: false });
  });

  test('no expression changes nothing, not even the object', () => {
    const profile = profileFromText(stacks);
    expect(filterProfile(profile, { focus: '' })).toBe(profile);
  });
});
