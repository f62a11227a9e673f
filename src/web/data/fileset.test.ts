import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { explain } from '../../explain/explain.ts';
import { decodePprof, encodePprof } from '../../formats/pprof.ts';
import {
  profileFromText,
  type TextProfileOptions,
  textFromProfile,
} from '../../profile/fromtext.ts';
import { textFromTree } from '../flame/treetext.ts';
import { type DroppedFile, FileSet } from './fileset.ts';
import { pageDecompressors } from './gunzip.ts';
import type { TreeQuery } from './source.ts';

const CPU: TextProfileOptions = {
  sampleTypes: [
    { type: 'samples', unit: 'count' },
    { type: 'cpu', unit: 'nanoseconds' },
  ],
  timeNanos: 1_000_000_000_000n,
  durationNanos: 10_000_000_000n,
};
const HEAP: TextProfileOptions = {
  sampleTypes: [
    { type: 'inuse_objects', unit: 'count' },
    { type: 'inuse_space', unit: 'bytes' },
  ],
};

function file(name: string, stacks: string, options: TextProfileOptions): DroppedFile {
  const bytes = new Uint8Array(gzipSync(encodePprof(profileFromText(stacks, options))));
  return { name, bytes, modified: 5_000 };
}

const open = (...files: readonly DroppedFile[]) => new FileSet(files, pageDecompressors, explain);

const cpu = file(
  'cpu.pb.gz',
  `main;serve;json 2 20 {endpoint=/list}
   main;serve 1 10 {endpoint=/cart}
   main;log 1 5`,
  CPU,
);
const heapAt = (seconds: bigint, bytes: number) =>
  file(`heap-${seconds}.pb.gz`, `main;cart.add 1 ${bytes}\nmain;log 1 100`, {
    ...HEAP,
    timeNanos: seconds * 1_000_000_000n,
  });

const all = (type: string, change: Partial<TreeQuery> = {}): TreeQuery => ({
  type,
  sample: '',
  labels: {},
  inverted: false,
  range: undefined,
  ...change,
});

describe('a dropped CPU profile', () => {
  const files = open(cpu);

  test('is recognized; its default sample type comes first', () => {
    expect(files.types()).toEqual([
      {
        type: 'cpu',
        sampleTypes: [
          { type: 'cpu', unit: 'nanoseconds' },
          { type: 'samples', unit: 'count' },
        ],
        profiles: 1,
      },
    ]);
  });

  test('gives its call tree', () => {
    const { tree, sampleType, coverage } = files.tree(all('cpu'));
    expect(sampleType).toBe('cpu');
    expect(coverage).toEqual({ from: 1e6, to: 1e6 + 10_000, profiles: 1, durationMs: 10_000 });
    expect(textFromTree(tree)).toBe(
      ['main 35', '  serve 30 (self 10)', '    json 20 (self 20)', '  log 5 (self 5)'].join('\n'),
    );
  });

  test('of another sample type, from the leaves, and of one label', () => {
    const query = all('cpu', { sample: 'samples', inverted: true, labels: { endpoint: '/list' } });
    expect(textFromTree(files.tree(query).tree)).toBe(
      ['json 2', '  serve 2', '    main 2 (self 2)'].join('\n'),
    );
  });

  test('by lines: where in a function', () => {
    const stacks = 'main@main.go:5;work@w.go:10 1 7\nmain@main.go:6;work@w.go:12 1 3';
    const { tree } = open(file('cpu.pb.gz', stacks, CPU)).tree(
      all('cpu', { granularity: 'lines' }),
    );
    expect(textFromTree(tree)).toBe(
      ['main 7', '  work 7 (self 7)', 'main 3', '  work 3 (self 3)'].join('\n'),
    );
    expect([...tree.frames.line].sort((a, b) => a - b)).toEqual([5, 6, 10, 12]);
  });

  test('has label keys, and values with their totals; what has none is told', () => {
    expect(files.labels(all('cpu'), '')).toEqual({ keys: ['endpoint'], values: [] });
    expect(files.labels(all('cpu'), 'endpoint').values).toEqual([
      { value: '/list', total: 20 },
      { value: '/cart', total: 10 },
      { value: '', total: 5 },
    ]);
  });

  test('can be saved as pprof again, as it is shown', () => {
    const saved = decodePprof(files.encode(all('cpu', { labels: { endpoint: '/cart' } })));
    expect(textFromProfile(saved)).toContain('main;serve 1 10');
    expect(saved.samples.length).toBe(1);
  });

  test('is explained, with what one file cannot tell', () => {
    expect(files.findings().notMeasurable.length).toBeGreaterThan(0);
  });
});

describe('several files of one type', () => {
  const files = open(heapAt(120n, 3000), heapAt(60n, 1000));

  test('are captures in order of time; what is in use is averaged', () => {
    expect(files.captures(all('heap')).map(({ start }) => start)).toEqual([60_000, 120_000]);
    expect(files.tree(all('heap')).tree.total[0]).toBe((1100 + 3100) / 2);
  });

  test('compare', () => {
    const diff = files.diff({
      ...all('heap', { range: { from: 120_000, to: 130_000 } }),
      base: { from: 60_000, to: 70_000 },
      baseLabels: {},
    });
    expect([diff.base?.total[0], diff.tree.total[0]]).toEqual([1100, 3100]);
    expect(diff.base?.coverage.from).toBe(60_000);
  });

  test('stand side by side: the nearest capture to each moment', () => {
    const trees = files.snapshots(all('heap'), [0, 119_000]);
    expect(trees.map(({ coverage }) => coverage.from)).toEqual([60_000, 120_000]);
    expect(trees.map(({ tree }) => tree.total[0])).toEqual([1100, 3100]);
  });

  test('of several types are told apart', () => {
    expect(
      open(cpu, heapAt(60n, 1))
        .types()
        .map(({ type }) => type),
    ).toEqual(['heap', 'cpu']);
  });
});

describe('what is not a profile', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('is named, with what to do', () => {
    const page = { name: 'index.html', bytes: bytes('<!doctype html><p>pprof'), modified: 0 };
    expect(() => open(page)).toThrow(UserError);
    expect(() => open(page)).toThrow(/index\.html is an HTML page/);
    const trace = { name: 'trace.out', bytes: bytes('go 1.22 trace\0\0\0'), modified: 0 };
    expect(() => open(trace)).toThrow(/trace\.out is an execution trace/);
  });

  test('goroutine dumps and the files of other tools are', () => {
    const dump = bytes('goroutine 1 [running]:\nmain.main()\n\t/main.go:3 +0x1\n');
    const types = open({ name: 'dump.txt', bytes: dump, modified: 0 }).types();
    expect(types.map(({ type }) => type)).toEqual(['goroutine']);
    const perf = bytes('app 72 12.000001: 1 cycles: \n\t 4011 f (/bin/app)\n');
    expect(open({ name: 'perf.txt', bytes: perf, modified: 0 }).types()).toHaveLength(1);
  });

  test('a deadlock that was dropped is explained', () => {
    const path = new URL(
      '../../../test/fixtures/goroutines/deadlock-go1.26.8.txt',
      import.meta.url,
    );
    const dump = new Uint8Array(readFileSync(path));
    const { findings } = open({ name: 'crash.txt', bytes: dump, modified: 0 }).findings();
    expect(findings[0]).toMatchObject({ kind: 'stuck', severity: 'high' });
  });

  test('a type that no file has is an error, not an empty picture', () => {
    expect(() => open(cpu).tree(all('heap'))).toThrow(/No file holds a profile of type “heap”/);
  });
});

describe('pprof’s options on a dropped file', () => {
  test('apply to whole samples; shares stay those of everything', () => {
    const { tree, grandTotal } = open(cpu).tree(
      all('cpu', { options: { sf: 'serve', i: 'json' } }),
    );
    expect(textFromTree(tree)).toBe('serve 10 (self 10)');
    expect(tree.total[0]).toBe(10);
    expect(grandTotal).toBe(35);
  });

  test('relative shares are of what is left', () => {
    expect(open(cpu).tree(all('cpu', { options: { f: 'json', rel: 't' } })).grandTotal).toBe(20);
  });

  test('label values become frames with tagroot', () => {
    const { tree } = open(cpu).tree(all('cpu', { options: { tagroot: 'endpoint' } }));
    expect(tree.frames.name).toContain('/list');
  });

  test('an expression that matches nothing is said', () => {
    const { warnings } = open(cpu).tree(all('cpu', { options: { h: 'nothing' } }));
    expect(warnings).toEqual(['Hide expression matched no samples']);
  });

  test('graph and peek have pprof’s values', () => {
    const files = open(cpu);
    const graph = files.graph(all('cpu'));
    expect(graph.nodes.find(({ name }) => name === 'serve')).toMatchObject({ flat: 10, cum: 30 });
    expect(graph.total).toBe(35);
    const [serve] = files.peek(all('cpu'), '^serve$').nodes;
    expect(serve?.callees).toMatchObject([{ name: 'json', value: 20 }]);
  });
});

describe('a base beside dropped files', () => {
  const before = file('before.pb.gz', 'main;serve;json 1 5\nmain;old 1 7', CPU);
  const compared = new FileSet([cpu], pageDecompressors, explain, [before]);

  test('gives every tree the values of both sides', () => {
    const { tree, base } = compared.tree(all('cpu'));
    const at = (name: string) => [...tree.frame].findIndex((f) => tree.frames.name[f] === name);
    expect([tree.total[at('json')], base?.total[at('json')]]).toEqual([20, 5]);
    expect([tree.total[at('old')], base?.total[at('old')]]).toEqual([0, 7]);
  });

  test('is subtracted in graph and peek', () => {
    const [json] = compared.peek(all('cpu'), '^json$').nodes;
    expect(json?.cum).toBe(15);
  });

  test('must be of a type that is there', () => {
    const heap = heapAt(1n, 100);
    expect(() => new FileSet([cpu], pageDecompressors, explain, [heap])).toThrow(UserError);
  });
});
