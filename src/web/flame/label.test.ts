import { describe, expect, test } from 'vitest';
import { fitLabel, shortForms, shortName } from './label.ts';

describe('short forms of Go names', () => {
  test.each([
    ['example.com/shop/cart.(*Cart).Add', ['cart.(*Cart).Add', '(*Cart).Add', 'Add']],
    ['runtime.main', ['runtime.main', 'main', 'main']],
    ['main.serve.func1', ['main.serve.func1', 'serve.func1', 'func1']],
    ['gopkg.in/yaml%2ev3.Unmarshal', ['yaml.v3.Unmarshal', 'v3.Unmarshal', 'Unmarshal']],
    ['memeqbody', ['memeqbody', 'memeqbody', 'memeqbody']],
    [
      'example.com/x/list.(*List[go.shape.struct { example.com/y/z.K }]).Push',
      ['list.(*List[…]).Push', '(*List[…]).Push', 'Push'],
    ],
    [
      'slices.SortFunc[go.shape.[]int,go.shape.int]',
      ['slices.SortFunc[…]', 'SortFunc[…]', 'SortFunc[…]'],
    ],
  ])('%s', (name, forms) => {
    expect(shortForms(name)).toEqual([name, ...forms]);
  });

  test('a list shows package, receiver and method', () => {
    expect(shortName('net/http.(*conn).serve')).toBe('http.(*conn).serve');
  });
});

describe('what fits into a frame', () => {
  const forms = shortForms('example.com/shop/cart.(*Cart).Add').slice(1);

  test.each([
    [30, 'cart.(*Cart).Add'],
    [16, 'cart.(*Cart).Add'],
    [15, '(*Cart).Add'],
    [10, 'Add'],
    [3, 'Add'],
    [2, ''],
  ])('%i characters', (chars, label) => {
    expect(fitLabel(forms, chars)).toBe(label);
  });

  test('a name that is too long even without its package is cut at its end', () => {
    expect(fitLabel(shortForms('main.handleCheckout'), 6)).toBe('handl…');
  });
});
