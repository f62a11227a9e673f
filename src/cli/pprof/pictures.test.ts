/** Pictures and viewers as a process: no Graphviz, no browser, and stand-ins for the latter. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fontFiles } from './fonts.ts';

const root = join(import.meta.dirname, '../../..');
const cpu = join(root, 'test/fixtures/collect/cpu-2.pb.gz');
const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
const temporary = mkdtempSync(join(tmpdir(), 'pictures-tmp-'));

/** A program of this name that leaves a copy of the file that it is given. */
function standIn(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\ncp "$1" "${join(folder, `seen-by-${name}`)}"\n`);
  chmodSync(path, 0o755);
  return path;
}

function pprof(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = join(root, 'src/cli/main.ts');
  return spawnSync(process.execPath, [main, 'pprof', ...args, cpu], {
    cwd: folder,
    env: { HOME: folder, TMPDIR: temporary, PATH: folder, ...env },
    maxBuffer: 1 << 28,
  });
}

describe('pictures without Graphviz', () => {
  test('are SVG that can be moved, PNG and PostScript', () => {
    const svg = pprof(['-svg']).stdout.toString();
    expect(svg).toContain('<svg width="100%" height="100%"');
    expect(svg).toContain('<g id="viewport"');
    expect(svg.trimEnd()).toMatch(/<\/g><\/svg>$/);
    const png = pprof(['-png']);
    expect(png.stdout.subarray(1, 4).toString()).toBe('PNG');
    expect(pprof(['-ps']).stdout.toString()).toMatch(/^%!PS-Adobe/);
  });

  test('are not GIF and PDF; one line says so, with status 2', () => {
    for (const format of ['-gif', '-pdf']) {
      const run = pprof([format]);
      expect(run.status).toBe(2);
      expect(run.stdout.length).toBe(0);
      expect(run.stderr.toString()).toMatch(
        /^failed to execute dot\. Is Graphviz installed\?.*\n$/,
      );
    }
  });

  test('go to a file where -output says', () => {
    const run = pprof(['-svg', '-output=graph.svg']);
    expect(run.stderr.toString()).toBe('Generating report in graph.svg\n');
    expect(readFileSync(join(folder, 'graph.svg'), 'utf8')).toContain('<svg');
  });

  test('take fonts from below a folder, and none where there is none', () => {
    writeFileSync(join(folder, 'A-Regular.ttf'), '');
    writeFileSync(join(folder, 'SomeEmoji.ttf'), '');
    expect(fontFiles(folder)).toEqual([join(folder, 'A-Regular.ttf')]);
    expect(fontFiles(join(folder, 'none'))).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')(
  'viewers (by the names that Linux has for them)',
  () => {
    test('show a temporary file, which is gone afterwards', () => {
      const run = pprof(['-web'], { BROWSER: standIn('my-browser'), PATH: '/usr/bin:/bin' });
      expect(run.stderr.toString()).toBe('');
      expect(run.status).toBe(0);
      expect(readFileSync(join(folder, 'seen-by-my-browser'), 'utf8')).toContain('id="viewport"');
      expect(readdirSync(temporary).filter((name) => name.startsWith('pprof'))).toEqual([]);
    });

    test('are found on the PATH: eog for the plain SVG, kcachegrind for callgrind', () => {
      standIn('eog');
      standIn('kcachegrind');
      const path = `${folder}:/usr/bin:/bin`;
      pprof(['-eog'], { PATH: path });
      const seen = readFileSync(join(folder, 'seen-by-eog'), 'utf8');
      expect(seen).toContain('<svg width="');
      expect(seen).not.toContain('id="viewport"');
      pprof(['-kcachegrind'], { PATH: path });
      expect(readFileSync(join(folder, 'seen-by-kcachegrind'), 'utf8')).toMatch(
        /^positions: instr/,
      );
    });

    test('that are not there are named, with status 2', () => {
      const run = pprof(['-evince']);
      expect(run.status).toBe(2);
      expect(run.stderr.toString()).toContain('dot');
      const browser = pprof(['-web'], { PATH: temporary });
      expect(browser.status).toBe(2);
      expect(browser.stderr.toString()).toMatch(/^exec: "[\w-]+": executable file not found/);
      expect(existsSync(join(temporary, 'pprof001.svg'))).toBe(false);
    });
  },
);
