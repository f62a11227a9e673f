/** The command as a process: what only shows there, that is streams, exit status, standard input. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { decodePprof } from '../../../src/formats/pprof.ts';

const root = join(import.meta.dirname, '../../..');
const cpu = join(root, 'test/fixtures/collect/cpu-2.pb.gz');
const folder = mkdtempSync(join(tmpdir(), 'whygo-pprof-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function whygo(args: readonly string[], input: string | Buffer = '') {
  return spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), 'pprof', ...args], {
    input,
    cwd: folder,
    env: { ...process.env, TZ: '' },
  });
}

test('a report is on standard output alone', () => {
  const run = whygo(['-top', cpu]);
  expect(run.status).toBe(0);
  expect(run.stdout.toString()).toMatch(/^File: shop\n[\s\S]*flat%/);
  expect(run.stderr.toString()).toBe('');
});

test('- is standard input', () => {
  const run = whygo(['-top', '-'], readFileSync(cpu));
  expect(run.stdout.toString()).toBe(whygo(['-top', cpu]).stdout.toString());
});

test('-output names a file, and standard error tells of it', () => {
  const run = whygo(['-proto', '-output=out.pb.gz', cpu]);
  expect(run.stderr.toString()).toBe('Generating report in out.pb.gz\n');
  expect(run.stdout.length).toBe(0);
  const profile = decodePprof(gunzipSync(readFileSync(join(folder, 'out.pb.gz'))));
  expect(profile.sampleTypes.map(({ type }) => type)).toEqual(['samples', 'cpu']);
});

test('the shell reads a script', () => {
  const run = whygo([cpu], 'top3\nquit\n');
  expect(run.status).toBe(0);
  expect(run.stdout.toString()).toMatch(/^\(pprof\) Showing nodes[\s\S]*\(pprof\) $/);
  expect(run.stderr.toString()).toContain('Entering interactive mode');
});

test('what is no profile is refused in a line, with status 2', () => {
  const page = join(folder, 'page.html');
  writeFileSync(page, '<!doctype html><title>404</title>');
  for (const source of [page, join(folder, 'nosuch.pb.gz')]) {
    const run = whygo(['-top', source]);
    expect(run.status).toBe(2);
    expect(run.stdout.length).toBe(0);
    const lines = run.stderr.toString().trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^whygo: /);
    expect(lines[0]).toContain(source);
  }
});
