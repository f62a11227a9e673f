import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from './config.ts';
import { listenAddress } from './http.ts';
import { startQuery } from './httpquery.ts';

describe('the address of -http', () => {
  test.each([
    [':', 'localhost', 0],
    [':8080', 'localhost', 8080],
    ['localhost:', 'localhost', 0],
    ['0.0.0.0:8080', '0.0.0.0', 8080],
    ['[::1]:8080', '::1', 8080],
  ])('%s listens on %s, port %i', (address, host, port) => {
    expect(listenAddress(address)).toEqual({ host, port });
  });

  test.each([
    ['8080', 'could not split http address: address 8080: missing port in address'],
    ['::1:8080', 'could not split http address: address ::1:8080: too many colons in address'],
    [':http', 'invalid port number: strconv.Atoi: parsing "http": invalid syntax'],
  ])('%s is refused in pprof’s words', (address, message) => {
    expect(() => listenAddress(address)).toThrow(message);
  });
});

describe('the first address of the page', () => {
  test('has no parameters without options', () => {
    expect(startQuery({ ...DEFAULT_CONFIG })).toBe('');
  });

  test('says the options of the command line', () => {
    const config = { ...DEFAULT_CONFIG, focus: 'json', noinlines: true, tagroot: 'endpoint' };
    expect(startQuery(config)).toBe('f=json&noinlines=t&tagroot=endpoint');
  });
});
