import { describe, expect, test } from 'vitest';
import { type FlagKind, parseFlags } from './goflag.ts';

const kinds = new Map<string, FlagKind>([
  ['top', 'bool'],
  ['focus', 'string'],
  ['nodecount', 'int'],
  ['nodefraction', 'float'],
]);

function values(...argv: string[]) {
  const parsed = parseFlags(argv, kinds);
  return 'values' in parsed ? { ...Object.fromEntries(parsed.values), args: parsed.args } : parsed;
}

describe('flags by the rules of Go', () => {
  test('one dash or two, value apart or after =', () => {
    expect(values('-top', '--focus', 'a b', '-nodecount=0x10', 'cpu.pb.gz')).toEqual({
      top: true,
      focus: 'a b',
      nodecount: 16,
      args: ['cpu.pb.gz'],
    });
  });

  test('the first argument ends them, and so does --', () => {
    expect(values('cpu.pb.gz', '-top')).toEqual({ args: ['cpu.pb.gz', '-top'] });
    expect(values('-top', '--', '-top')).toEqual({ top: true, args: ['-top'] });
  });

  test('a switch takes no value apart', () => {
    expect(values('-top', 'false')).toEqual({ top: true, args: ['false'] });
    expect(values('-top=false')).toEqual({ top: false, args: [] });
  });

  test('says what is wrong as Go does', () => {
    expect(values('-x')).toEqual({ error: 'flag provided but not defined: -x' });
    expect(values('-focus')).toEqual({ error: 'flag needs an argument: -focus' });
    expect(values('-nodefraction=1,5')).toEqual({
      error: 'invalid value "1,5" for flag -nodefraction: parse error',
    });
    expect(values('-h')).toEqual({ help: true });
  });
});
