import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { profileFromText } from '../../profile/fromtext.ts';
import { COMMANDS } from './commands.ts';
import { completer } from './completion.ts';
import { CONFIG_NAMES, DEFAULT_CONFIG } from './config.ts';
import { configCommand, savedNames } from './configcommand.ts';
import { commandHelp } from './help.ts';
import type { PprofIo } from './io.ts';

const profile = profileFromText('main.main;main.serve;json.Marshal 1\nmain.main;json.Unmarshal 1');
const complete = completer(profile, () => ['mine', 'other']);

describe('the shell completes', () => {
  test('commands and options, and lists them where several are meant', () => {
    expect(complete('cal')).toEqual([['call_tree', 'callgrind'], 'cal']);
    expect(complete('nodef')).toEqual([['nodefraction'], 'nodef']);
    expect(complete('help tagf')).toEqual([['tagfocus'], 'tagf']);
    expect(complete('')[0]).toEqual(
      expect.arrayContaining([...CONFIG_NAMES, ...Object.keys(COMMANDS)]),
    );
  });

  test('names of functions by any part, behind a minus too, where one is meant', () => {
    expect(complete('peek serv')).toEqual([['main.serve'], 'serv']);
    expect(complete('top10 main.main -json.M')).toEqual([['-json.Marshal'], '-json.M']);
    expect(complete('list arshal')).toEqual([[], 'arshal']);
    expect(complete('tags serv')[0]).toEqual([]);
  });

  test('values of options and names of configurations', () => {
    expect(complete('granularity=fi')).toEqual([['filefunctions', 'files'], 'fi']);
    expect(complete('sample_index=')).toEqual([['samples'], '']);
    expect(complete('config lo')).toEqual([['load'], 'lo']);
    expect(complete('config load m')).toEqual([['mine'], 'm']);
  });
});

describe('config', () => {
  test('saves, lists, loads and deletes', () => {
    const messages: string[] = [];
    const env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'config-')), HOME: '/nowhere' };
    const io: PprofIo = {
      write: () => undefined,
      message: (text) => messages.push(text),
      readStdin: () => new Uint8Array(0),
      env,
      cwd: '/',
      isTerminal: false,
      formatTime: String,
      formatLongTime: String,
    };
    const own = { ...DEFAULT_CONFIG, focus: 'main', compact_labels: true };
    configCommand(['save', 'my', 'view'], own, io);
    expect(savedNames(io)).toEqual(['my view']);
    const now = { ...DEFAULT_CONFIG, compact_labels: true };
    expect(configCommand(['load', 'my', 'view'], now, io)).toEqual(own);
    configCommand([], now, io);
    expect(messages.join('\n')).toMatch(/my view +focus=main/);
    configCommand(['delete', 'my', 'view'], now, io);
    expect(savedNames(io)).toEqual([]);
    expect(() => configCommand(['load', 'my view'], now, io)).toThrow('config my view not found');
    expect(() => configCommand(['save'], now, io)).toThrow('expecting config');
  });
});

describe('help', () => {
  test('tells about every command and option', () => {
    for (const name of Object.keys(COMMANDS)) {
      expect(commandHelp(name, profile)).toMatch(new RegExp(`Usage:\\n    ${name}`));
    }
    for (const name of CONFIG_NAMES) expect(commandHelp(name, profile).length).toBeGreaterThan(12);
    expect(commandHelp('sample_index', profile)).toContain('samples');
    expect(() => commandHelp('nonsense', profile)).toThrow('Unknown command: nonsense');
  });
});
