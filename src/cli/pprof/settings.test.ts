import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from './config.ts';
import {
  applyUrl,
  configMenu,
  loadConfig,
  makeUrl,
  readSettings,
  removeConfig,
  saveConfig,
  saveConfigOfUrl,
  settingsFile,
} from './settings.ts';

const freshFile = () => join(mkdtempSync(join(tmpdir(), 'settings-')), 'pprof', 'settings.json');

describe('where configurations are kept', () => {
  test("is the user's configuration folder", () => {
    const linux = (env: Record<string, string>) => settingsFile(env, 'linux');
    expect(linux({ HOME: '/home/a' })).toBe('/home/a/.config/pprof/settings.json');
    expect(linux({ HOME: '/home/a', XDG_CONFIG_HOME: '/x' })).toBe('/x/pprof/settings.json');
    expect(() => linux({ XDG_CONFIG_HOME: 'x' })).toThrow('path in $XDG_CONFIG_HOME is relative');
    expect(() => linux({})).toThrow('neither $XDG_CONFIG_HOME nor $HOME are defined');
    expect(settingsFile({ HOME: '/Users/a' }, 'darwin')).toBe(
      '/Users/a/Library/Application Support/pprof/settings.json',
    );
  });
});

describe('saved configurations', () => {
  test("are written as Go's encoding/json writes them", () => {
    const file = freshFile();
    saveConfig(file, 'a<b', {
      ...DEFAULT_CONFIG,
      focus: 'x&y',
      output: 'not saved',
      nodecount: 10,
    });
    expect(readFileSync(file, 'utf8')).toBe(
      [
        '{',
        '  "configs": [',
        '    {',
        '      "name": "a\\u003cb",',
        '      "unit": "minimum",',
        '      "sort": "flat",',
        '      "nodecount": 10,',
        '      "nodefraction": 0.005,',
        '      "edgefraction": 0.001,',
        '      "trim": true,',
        '      "focus": "x\\u0026y"',
        '    }',
        '  ]',
        '}',
      ].join('\n'),
    );
  });

  test('come back with the transient options of the moment', () => {
    const file = freshFile();
    saveConfig(file, 'one', { ...DEFAULT_CONFIG, hide: 'runtime', sample_index: 'alloc_space' });
    const current = { ...DEFAULT_CONFIG, sample_index: 'inuse_space', source_path: '/src' };
    expect(loadConfig(file, 'one', current)).toEqual({ ...current, hide: 'runtime' });
    expect(() => loadConfig(file, 'two', current)).toThrow('config two not found');
  });

  test('are replaced in place and removed', () => {
    const file = freshFile();
    expect(readSettings(file, DEFAULT_CONFIG)).toEqual([]);
    for (const name of ['a', 'b', 'c', 'b'])
      saveConfig(file, name, { ...DEFAULT_CONFIG, show: name });
    removeConfig(file, 'a');
    expect(readSettings(file, DEFAULT_CONFIG).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(() => removeConfig(file, 'a')).toThrow('config a not found');
  });

  test('without a field have its zero, as omitempty left it out', () => {
    const file = freshFile();
    saveConfig(file, 'x', DEFAULT_CONFIG);
    writeFileSync(file, '{"Configs":[{"Name":"x","focus":"f"}]}');
    const [saved] = readSettings(file, DEFAULT_CONFIG);
    expect(saved).toMatchObject({ name: 'x', config: { focus: 'f', trim: false, nodecount: 0 } });
  });

  test('that are damaged are not overwritten', () => {
    const file = freshFile();
    saveConfig(file, 'x', DEFAULT_CONFIG);
    for (const text of ['{', '[]', '{"configs":[{"name":"x","trim":"yes"}]}']) {
      writeFileSync(file, text);
      expect(() => saveConfig(file, 'y', DEFAULT_CONFIG)).toThrow('could not parse settings');
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});

describe('options in URLs', () => {
  test('are set from parameters and written as parameters, defaults left out', () => {
    const params = new URLSearchParams('f=a%20b&trim=f&n=20&si=1&g=lines&unknown=1');
    const config = applyUrl(DEFAULT_CONFIG, params);
    expect(config).toMatchObject({
      focus: 'a b',
      trim: false,
      nodecount: 20,
      granularity: 'lines',
    });
    expect(makeUrl(config, params)).toEqual({
      query: 'f=a+b&g=lines&n=20&si=1&trim=f&unknown=1',
      changed: false,
    });
    expect(makeUrl({ ...DEFAULT_CONFIG, nodefraction: 0.00001 }, params).query).toBe(
      'nf=1e-05&si=1&unknown=1',
    );
    expect(() => applyUrl(DEFAULT_CONFIG, new URLSearchParams('n=x'))).toThrow(
      'error setting config field nodecount: strconv.Atoi',
    );
  });

  test('make a menu that knows what is shown', () => {
    const file = freshFile();
    saveConfigOfUrl(file, new URLSearchParams('config=mine&f=main'), DEFAULT_CONFIG);
    expect(configMenu(file, new URLSearchParams('f=main&si=2'), DEFAULT_CONFIG)).toEqual([
      { name: 'Default', url: '?si=2', current: false, userConfig: false },
      { name: 'mine', url: '?f=main&si=2', current: true, userConfig: true },
    ]);
  });
});
