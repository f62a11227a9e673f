import { describe, expect, test } from 'vitest';
import { profileFromText } from '../../profile/fromtext.ts';
import { type ReportRequest, reportOf } from './filtered.ts';
import { callGraphOf, peekOf } from './graphmodel.ts';
import { DEFAULT_SETTINGS } from './pagesettings.ts';

const profile = profileFromText(`
  main.main;main.serve;json.Marshal 6
  main.main;main.serve;json.Marshal;json.Marshal 2
  main.main;main.idle 2
`);

function report(request: ReportRequest) {
  const surroundings = { formatTime: () => '', message: () => undefined };
  return reportOf(profile, request, DEFAULT_SETTINGS, surroundings);
}

describe('the call graph', () => {
  const graph = callGraphOf(report({ command: 'svg', format: 'dot', parameter: undefined }));

  test('has pprof’s nodes with their values', () => {
    const marshal = graph.nodes.find(({ name }) => name === 'json.Marshal');
    expect(marshal).toMatchObject({ flat: 8, cum: 8 });
    expect(graph.total).toBe(10);
  });

  test('numbers nodes as the DOT text does, which has no legend', () => {
    graph.nodes.forEach(({ functionName }, index) => {
      const line = graph.dot.split('\n').find((text) => text.startsWith(`N${index + 1} [label=`));
      expect(line).toContain(functionName.split('.').at(-1));
    });
    expect(graph.dot).not.toContain('cluster_L');
  });
});

describe('peek', () => {
  const peek = peekOf(report({ command: 'peek', format: 'tree', parameter: 'serve' }), 10);

  test('puts a function between its callers and callees', () => {
    expect(peek.matched).toBe(1);
    const [serve] = peek.nodes;
    expect(serve?.callers.map(({ name, value }) => [name, value])).toEqual([['main.main', 8]]);
    expect(serve?.callees.map(({ name, value }) => [name, value])).toEqual([['json.Marshal', 8]]);
  });

  test('tells how many match when it shows fewer', () => {
    const all = peekOf(report({ command: 'peek', format: 'tree', parameter: '.' }), 2);
    expect(all.nodes.length).toBe(2);
    expect(all.matched).toBe(4);
  });
});
