import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from './database.ts';
import { Engine } from './engine.ts';

let parent = '';
let folder = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "whygo's-"));
  folder = join(parent, 'data');
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

const limits = { memoryLimit: '64MB', threads: 1 };

describe('the engine', () => {
  test('reads and writes in the data folder alone, and loads no extension', async () => {
    await writeFile(join(parent, 'secret.csv'), 'a,b\n1,2\n');
    const engine = await Engine.open(folder, limits);
    const { database } = engine;
    const outside = join(parent, 'secret.csv').replaceAll("'", "''");
    const denied = /disabled|not allowed|Permission/i;
    await expect(database.run(`SELECT * FROM read_csv('${outside}')`)).rejects.toThrow(denied);
    await expect(database.run(`COPY (SELECT 1) TO '${outside}.copy'`)).rejects.toThrow(denied);
    await expect(database.run(`ATTACH '${outside}.duckdb'`)).rejects.toThrow(denied);
    await expect(database.run('INSTALL httpfs')).rejects.toThrow();
    await expect(database.run('SET enable_external_access = true')).rejects.toThrow();
    await engine.close();
  });

  test('keeps its memory limit', async () => {
    const engine = await Engine.open(folder, limits);
    const rows = await engine.database.run("SELECT current_setting('memory_limit')");
    expect(rows.texts(0)).toEqual(['61.0 MiB']);
    await engine.close();
  });

  test('refuses a folder of another format, and one that is no folder', async () => {
    const engine = await Engine.open(folder, limits);
    await engine.database.run('UPDATE catalog.progress SET version = 99');
    await engine.close();
    await expect(Engine.open(folder, limits)).rejects.toMatchObject({ code: 'store.version' });
    await writeFile(join(parent, 'catalog.duckdb'), 'no database');
    await expect(Database.open(parent, limits)).rejects.toMatchObject({ code: 'store.open' });
  });
});
