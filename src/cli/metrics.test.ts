/** `whygo metrics` over recordings and files, as a process of its own would print it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { storyOf, WireStory, wireStory } from '../api/metricstory.ts';
import { printStory } from './metrics-print.ts';
import { readMetrics } from './metrics-source.ts';
import type { Output } from './terminal.ts';

const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/${path}`, import.meta.url));

const watch = { forMillis: 100, everyMillis: 100, signal: new AbortController().signal };

async function storiesOf(...sources: readonly string[]): Promise<WireStory[]> {
  const read = await readMetrics(sources, watch);
  return read.map(({ name, snapshots }) => wireStory(name, storyOf(snapshots)));
}

function printed(story: WireStory): string {
  let text = '';
  const output: Output = {
    isTerminal: false,
    columns: 100,
    write: (part) => {
      text += part;
    },
    line: (line = '') => {
      text += `${line}\n`;
    },
    style: (_, part) => part,
  };
  printStory(output, story);
  return text;
}

describe('whygo metrics', () => {
  test('tells the story of a recording', async () => {
    const [story] = await storiesOf(fixture('demo'));
    if (story === undefined) throw new Error('no story');
    const text = printed(story);
    expect(text).toMatch(/^Garbage collection {2}149 collections/m);
    expect(text).toMatch(/^ {2}next GC at +139 MB {3}set by GOGC/m);
    expect(text).toMatch(/219 k waits for a processor: p50 191 ns, p90 27.9 µs, p99 574 µs/);
    expect(text.split('\n').every((line) => line.length <= 140)).toBe(true);
  });

  test('prints JSON that fits its schema, with numbers in base units', async () => {
    const files = ['agent-1.json', 'agent-2.json'].map((name) => fixture(`metrics/${name}`));
    const [story] = await storiesOf(...files);
    const parsed = WireStory.parse(JSON.parse(JSON.stringify(story)));
    expect(parsed.schema).toBe('whygo.metrics/1');
    expect([parsed.readings, parsed.sinceStart]).toEqual([2, false]);
    const figures = parsed.sections.flatMap((section) => section.figures);
    expect(figures.find(({ id }) => id === 'gc.gogc')?.value).toBe(100);
    expect(figures.find(({ id }) => id === 'memory.rss')?.value).toBeNull();
  });

  test('says that one reading is since the process began, and what it lacks', async () => {
    const [story] = await storiesOf(fixture('metrics/expvar-go1.26.8.json'));
    const text = story === undefined ? '' : printed(story);
    expect(text).toContain('one reading: rates and percentiles since the process began');
    expect(text).toMatch(/Not told by this source\n {2}scheduling latency, /);
  });

  test('refuses files that hold no metrics, and several targets', async () => {
    await expect(storiesOf(fixture('collect/heap-1.pb.gz'))).rejects.toThrow(/no runtime metrics/);
    await expect(storiesOf('localhost:1', 'localhost:2')).rejects.toThrow(/several targets/);
  });
});
