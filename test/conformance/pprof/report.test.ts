/** Tables and filters against `go tool pprof` itself, on recorded profiles. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { formatPercentage, formatValue } from '../../../src/base/units.ts';
import { decodePprof, encodePprof } from '../../../src/formats/pprof.ts';
import { filterProfile, type ProfileFilter } from '../../../src/profile/filter.ts';
import { topTable } from '../../../src/report/top.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/profiles');
const folder = mkdtempSync(join(tmpdir(), 'whygo-pprof-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hasGo = spawnSync('go', ['tool', 'pprof', '-help']).stderr?.toString().includes('pprof');

function pprof(...args: string[]): string {
  const run = spawnSync('go', ['tool', 'pprof', '-symbolize=none', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

const load = (name: string) => decodePprof(gunzipSync(readFileSync(join(fixtures, name))));

describe.skipIf(!hasGo)('go tool pprof -top (needs go on the PATH)', () => {
  test.each([
    ['cpu-compile-net-http.pb.gz', 'cpu'],
    ['cpu-compile-net-http.pb.gz', 'samples'],
    ['heap-compile-go-types.pb.gz', 'inuse_space'],
    ['heap-compile-go-types.pb.gz', 'alloc_objects'],
    ['wall-fgprof-v0.9.5.pb.gz', 'time'],
    ['goroutine-leak-go1.26.8.pb.gz', 'goroutine'],
  ])('%s, %s: the same functions, values, shares and inline marks', (name, type) => {
    const everything = ['-nodecount=1000000', '-nodefraction=0', '-edgefraction=0', '-unit=auto'];
    const output = pprof('-top', ...everything, `-sample_index=${type}`, join(fixtures, name));
    const theirs = output.slice(output.indexOf('flat%')).split('\n').slice(1, -1);
    const profile = load(name);
    const sampleIndex = profile.sampleTypes.findIndex((t) => t.type === type);
    const table = topTable(profile, { sampleIndex });
    const suffix = { no: '', always: ' (inline)', partly: ' (partial-inline)' };
    const ours = table.rows.map(
      ({ name, flat, cum, inline }) =>
        `${formatValue(flat, table.unit)} ${formatPercentage(flat, table.total).trim()} ` +
        `${formatValue(cum, table.unit)} ${formatPercentage(cum, table.total).trim()} ` +
        `${name}${suffix[inline]}`,
    );
    // pprof takes the parentheses out of methods in type arguments, as if they were C++.
    const plain = (line: string) => line.replace(/\[.*\]/, '[…]');
    // The third column of theirs is the running sum.
    const columns = /^\s*(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+(\S+)\s+(.*)$/;
    expect(ours.map(plain)).toEqual(
      theirs.map((line) => plain(line.replace(columns, '$1 $2 $3 $4 $5'))),
    );
  });
});

describe.skipIf(!hasGo)('go tool pprof -traces with filters (needs go on the PATH)', () => {
  const name = 'cpu-compile-net-http.pb.gz';
  test.each<[string[], ProfileFilter]>([
    [['-focus=gc'], { focus: 'gc' }],
    [['-ignore=runtime'], { ignore: 'runtime' }],
    [['-hide=runtime\\.'], { hide: 'runtime\\.' }],
    [['-show=ssa'], { show: 'ssa' }],
    [['-show_from=walk'], { showFrom: 'walk' }],
    [['-prune_from=types2'], { pruneFrom: 'types2' }],
    [
      ['-focus=ssa', '-ignore=regalloc', '-hide=sort'],
      { focus: 'ssa', ignore: 'regalloc', hide: 'sort' },
    ],
  ])('%j', (flags, filter) => {
    const file = join(folder, 'filtered.pb');
    writeFileSync(file, encodePprof(filterProfile(load(name), filter)));
    const traces = (output: string) => output.slice(output.indexOf('-----------+'));
    const theirs = traces(pprof('-traces', ...flags, join(fixtures, name)));
    expect(theirs.length).toBeGreaterThan(1000);
    expect(traces(pprof('-traces', file))).toBe(theirs);
  });
});
