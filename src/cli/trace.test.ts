/** The command line of `whygo trace`, as processes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodePprof } from '../formats/pprof.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'test/fixtures/trace/go1.26.trace');

function whygo(args: readonly string[], input?: Uint8Array) {
  const main = join(root, 'src/cli/main.ts');
  const options = { cwd: root, ...(input === undefined ? {} : { input }), maxBuffer: 1 << 28 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'trace', ...args], options);
  return { status, stdout, text: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

describe('whygo trace', () => {
  test('sums a trace up in a page', () => {
    const { status, text } = whygo([file]);
    expect(status).toBe(0);
    expect(text).toMatch(/Go 1\.26 format, 3\.76 s, from 20\d\d-/);
    for (const title of ['What stands out', 'Where the time', 'Worst pauses', 'Tasks by type']) {
      expect(text).toContain(title);
    }
  });

  test('gives the same as JSON', () => {
    const summary = JSON.parse(whygo(['-json', file]).text);
    expect(summary).toMatchObject({ schema: 'whygo.trace/1', format: 'go 1.26', notes: [] });
    expect(summary.groups[0].start.func).toBe('main.main');
    expect(summary.regions.map(({ name }: { name: string }) => name)).toContain('outer');
  });

  test('takes flags as Go does, and after the file', () => {
    const profiles = [
      ['-pprof=sched', file],
      ['--pprof', 'sched', file],
      [file, '-pprof=sched'],
    ];
    const outputs = profiles.map((args) => whygo(args).stdout);
    expect(decodePprof(gunzipSync(outputs[0])).sampleTypes[1].type).toBe('delay');
    expect(outputs[1].equals(outputs[0]) && outputs[2].equals(outputs[0])).toBe(true);
  });

  test('reads compressed traces from standard input', () => {
    const packed = gzipSync(readFileSync(file));
    expect(whygo(['-pprof=net', '-'], packed).stdout).toEqual(whygo(['-pprof=net', file]).stdout);
  });

  test('narrows to a region, a task, a group, a time', () => {
    const delay = (...flags: string[]) =>
      decodePprof(gunzipSync(whygo(['-pprof=sync', ...flags, file]).stdout)).samples.length;
    const all = delay();
    expect(delay('-goroutine=main.contend.func1')).toBeLessThan(all);
    expect(delay('-from=1s', '-to=1.2s')).toBeLessThanOrEqual(all);
    expect(whygo(['-pprof=sync', '-region=none', file]).stderr).toMatch(
      /No region is of type none/,
    );
  });

  test('shows the critical path of a task, and mutator utilisation', () => {
    expect(whygo(['-critical=job 0', file]).text).toMatch(/Critical path of .*“job 0”/);
    const { windows } = JSON.parse(whygo(['-mmu=default', '-json', file]).text);
    expect(windows.at(-1).minimum).toBeGreaterThan(windows[0].minimum);
    expect(whygo(['-mmu=moon', file])).toMatchObject({ status: 2 });
  });

  test('-check gives the verdict of Go’s reader', () => {
    expect(whygo(['-check', file])).toMatchObject({ status: 0 });
    const cut = readFileSync(file).subarray(0, 60_000);
    const { status, text } = whygo(['-check', '-'], cut);
    expect(status).toBe(2);
    expect(text).toMatch(/generation \d+, byte \d+: /);
    expect(whygo(['-'], cut).stderr).toMatch(/truncated: /);
  });

  test('usage errors are one line and exit with 2', () => {
    for (const args of [[], ['-pprof=mutex', file], ['-x', file], ['-http=:1', file]]) {
      const { status, stderr } = whygo(args);
      expect(status).toBe(2);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    expect(whygo(['-h'])).toMatchObject({ status: 0 });
  });
});
