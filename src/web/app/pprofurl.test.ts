import { describe, expect, test } from 'vitest';
import { decodePprofView, encodePprofView, isPprofPath } from './pprofurl.ts';

const decode = (address: string) => {
  const [path = '', query = ''] = address.split('?');
  return decodePprofView(path, query === '' ? '' : `?${query}`);
};

describe('addresses of pprof', () => {
  test.each([
    ['/ui/flamegraph', 'flame'],
    ['/ui/top', 'table'],
    ['/ui/graph', 'graph'],
    ['/ui/peek', 'peek'],
    ['/ui/source', 'source'],
    ['/ui/disasm', 'disasm'],
    ['/proxy/ui/top', 'table'],
  ] as const)('%s is the view %s', (path, view) => {
    expect(isPprofPath(path)).toBe(true);
    expect(decode(path).profile.view).toBe(view);
  });

  test('pages of whygo serve are not among them', () => {
    expect(isPprofPath('/')).toBe(false);
    expect(isPprofPath('/services')).toBe(false);
  });

  test('parameters are options; the four filters have fields of their own', () => {
    const { profile } = decode(
      '/ui/top?f=json&i=gc&h=a&s=b&sf=main&tf=k%3Dv&g=lines&si=alloc_space',
    );
    expect(profile).toMatchObject({
      focus: 'json',
      ignore: 'gc',
      hide: 'a',
      show: 'b',
      sample: 'alloc_space',
      options: { sf: 'main', tf: 'k=v', g: 'lines' },
    });
  });

  test('in peek, source and disasm f says which functions', () => {
    const { profile } = decode('/ui/source?f=json&focus=main');
    expect(profile).toMatchObject({ symbol: 'json', focus: 'main' });
  });

  test('the pivot is the sandwich', () => {
    const { profile } = decode('/ui/flamegraph?p=%5Emain%5C.%5C(*T%5C).f$');
    expect(profile).toMatchObject({ view: 'sandwich', sandwich: 'main.(*T).f' });
  });

  test.each([
    'flamegraph',
    'flamegraph?f=json&i=gc&h=a&s=b&sf=main&tf=k%3Dv&g=lines&n=40&si=alloc_space',
    'top?noinlines=t&rel=t&sort=cum',
    'graph?n=20&calltree=t',
    'peek?f=json',
    'source?f=json&focus=main',
    'disasm?f=json',
    'flamegraph?p=%5Emain%5C.%5C%28%5C*T%5C%29%5C.f%24',
    'flamegraph?search=gc&zoom=main.main&zoom=main.serve&label.k=v',
    'flamegraph?tagroot=endpoint&tagleaf=bytes',
    'flamegraph?inverted=1',
  ])('%s comes back as it was', (address) => {
    expect(encodePprofView(decode(`/ui/${address}`))).toBe(address);
  });

  test('a dropped file has its page here too', () => {
    const view = decode('/ui/flamegraph?page=file&view=table&f=x');
    expect(view.page).toBe('file');
    expect(encodePprofView(view)).toContain('page=file');
  });
});
