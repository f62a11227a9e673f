import { describe, expect, test } from 'vitest';
import { remoteSource } from './address.ts';
import { assign, DEFAULT_CONFIG } from './config.ts';
import { parseShellCommand } from './shell.ts';

const parse = (line: string) => parseShellCommand(line.split(' '), DEFAULT_CONFIG);

describe('commands of the shell', () => {
  test('take a count, expressions, an order and a file', () => {
    const { command, config } = parse('top10 -cum main -runtime net >out.txt');
    expect(command).toEqual(['top']);
    expect(config).toMatchObject({
      nodecount: 10,
      sort: 'cum',
      focus: 'main|net',
      ignore: 'runtime',
      output: 'out.txt',
    });
  });

  test('top shows ten unless told otherwise; tags filters tags', () => {
    expect(parse('top').config.nodecount).toBe(10);
    expect(parse('tree').config.nodecount).toBe(-1);
    expect(parse('tags user -id').config).toMatchObject({ tagfocus: 'user', tagignore: 'id' });
  });

  test('what is missing or unknown is said', () => {
    expect(() => parse('list')).toThrow('command list requires an argument');
    expect(() => parse('nonsense')).toThrow('unrecognized command: "nonsense"');
    expect(() => parse('focus main')).toThrow('did you mean: focus=main');
  });

  test('assignments know their kind', () => {
    expect(assign(DEFAULT_CONFIG, 'trim', 'no').trim).toBe(false);
    expect(assign(DEFAULT_CONFIG, 'lines', 'true').granularity).toBe('lines');
    expect(() => assign(DEFAULT_CONFIG, 'sort', 'name')).toThrow('invalid "sort" value "name"');
    expect(() => assign(DEFAULT_CONFIG, 'nodecount', 'x')).toThrow('strconv.Atoi');
  });
});

describe('sources that are URLs', () => {
  test('host and port alone mean a CPU profile', () => {
    expect(remoteSource('localhost:6060', 5, -1)).toEqual({
      url: 'http://localhost:6060/debug/pprof/profile?seconds=5',
      timeout: 7.5,
    });
    expect(remoteSource('https+insecure://h/x', -1, -1)?.url).toBe('https+insecure://h/x');
  });

  test('paths are files', () => {
    expect(remoteSource('profiles/cpu.pb.gz', -1, -1)).toBeUndefined();
    expect(remoteSource('cpu.pb.gz', -1, -1)).toBeUndefined();
  });
});
