import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { profileFromText } from '../../profile/fromtext.ts';
import { Engine } from './engine.ts';
import { internSamples } from './intern.ts';
import { SymbolCollector } from './symbolgc.ts';

let folder = '';
let engine: Engine;
const limits = { memoryLimit: '128MB', threads: 1 };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whygo-symbols-'));
  engine = await Engine.open(folder, limits);
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

function ingest(id: number, text: string): Promise<void> {
  return engine.write(() => internSamples(profileFromText(text), id, 1, engine));
}

function tableSizes(): Promise<number[]> {
  return engine.query(async (session) => {
    const sizes: number[] = [];
    for (const name of ['nodes', 'locations', 'frames', 'lines', 'functions']) {
      sizes.push((await session.run(`SELECT count(*) FROM catalog.${name}`)).scalar());
    }
    return sizes;
  });
}

test('what only removed samples used is forgotten, shared ancestors stay', async () => {
  await ingest(1, 'main.main@m.go:1;main.a@a.go:1;main.inlined@i.go:3^ 1');
  await ingest(2, 'main.main@m.go:1;main.b@b.go:1 1');
  expect(await tableSizes()).toEqual([3, 3, 4, 4, 4]);
  await engine.query((session) => session.run('DELETE FROM hot.samples_1 WHERE profile = 1'));
  await new SymbolCollector(engine, 0).afterRemoval();
  expect(await tableSizes()).toEqual([2, 2, 2, 2, 2]);
  expect(engine.symbols.strings.filter((text) => text.startsWith('main.')).sort()).toEqual([
    'main.b',
    'main.main',
  ]);
});

test('ids stay, and what comes again gets new ones', async () => {
  await ingest(1, 'main.main;main.a 1');
  await ingest(2, 'main.main;main.b 1');
  await engine.query((session) => session.run('DELETE FROM hot.samples_1 WHERE profile = 1'));
  await new SymbolCollector(engine, 0).afterRemoval();
  await ingest(3, 'main.main;main.a 1\nmain.main;main.b 1');
  await engine.close();
  engine = await Engine.open(folder, limits);
  const stacks = await engine.query((session) =>
    session.run('SELECT stack FROM hot.samples_1 ORDER BY profile, stack'),
  );
  const texts = Array.from(stacks.numbers(0), (stack) => {
    const { nodes, locations, frames, lines, functions, strings } = engine.symbols;
    const names: string[] = [];
    for (let node = stack; node !== 0; node = nodes.at(node, 0)) {
      const line = frames.at(locations.at(nodes.at(node, 1), 3), 0);
      names.unshift(strings[functions.at(lines.at(line, 0), 0)] ?? '');
    }
    return names.join(';');
  });
  expect(texts).toEqual(['main.main;main.b', 'main.main;main.b', 'main.main;main.a']);
});

test('a small store is not looked through', async () => {
  await ingest(1, 'main.main;main.a 1');
  await engine.query((session) => session.run('DELETE FROM hot.samples_1'));
  await new SymbolCollector(engine).afterRemoval();
  expect(await tableSizes()).toEqual([2, 2, 2, 2, 2]);
});
