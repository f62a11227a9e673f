import { describe, expect, test } from 'vitest';
import { fixture } from '../../test/collect/fake-target.ts';
import { DecodeError } from '../base/errors.ts';
import { parseIndexPage } from './index-page.ts';

const read = (name: string) => new TextDecoder().decode(fixture(`collect/${name}`));
const standard = ['allocs', 'block', 'goroutine', 'heap', 'mutex', 'threadcreate'];

describe('the index page', () => {
  test.each([
    ['index-go1.22.12.html', standard],
    ['index-go1.26.8.html', standard],
    ['index-go1.26.8-leak.html', [...standard, 'goroutineleak']],
    ['index-go1.27rc1.html', [...standard, 'goroutineleak']],
  ])('%s lists its profiles', (name, profiles) => {
    expect([...parseIndexPage(read(name)).keys()].sort()).toEqual([...profiles].sort());
  });

  test('counts goroutines and threads', () => {
    const page = parseIndexPage(read('index-go1.22.12.html'));
    expect([page.get('goroutine'), page.get('threadcreate')]).toEqual([14, 7]);
  });

  test('may hold custom profiles with any name', () => {
    const rows = `<tr><td>3<td><a href='open%20files%3F?debug=1'>open files?</a>
      <tr><td>4</td><td><a href="my.pkg%2FConns?debug=1">my.pkg/Conns</a></td></tr>
      <tr><td>1</td><td><a href='a&amp;b?debug=1'>a&amp;b</a></td></tr>`;
    expect([...parseIndexPage(rows)]).toEqual([
      ['open files?', 3],
      ['my.pkg/Conns', 4],
      ['a&b', 1],
    ]);
  });

  test('is refused when it lists nothing', () => {
    expect(() => parseIndexPage('<html>Welcome</html>')).toThrow(DecodeError);
  });
});
