import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textFromProfile } from '../../src/profile/fromtext.ts';
import { openDuckStore } from '../../src/store/duck/open.ts';
import type { Store } from '../../src/store/store.ts';

const writer = join(import.meta.dirname, 'crash-writer.ts');
const options = { memoryLimit: '256MB', threads: 2 };
const query = { range: { fromNanos: 0n, toNanos: 2n ** 62n }, type: 'cpu' };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whygo-crash-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Starts a writer, kills it after a while, and gives the numbers that it said were stored. */
async function writeAndKill(seed: number, afterMilliseconds: number): Promise<number[]> {
  const child = spawn(process.execPath, [writer, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8');
  // The time runs from the first acknowledgement, however slow the machine starts a process.
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMilliseconds));
  for await (const part of child.stdout) output += part;
  await closed;
  const lines = output.split('\n');
  return lines.slice(0, -1).map(Number);
}

async function storedNumbers(store: Store): Promise<number[]> {
  const infos = await store.listProfiles(query);
  const numbers: number[] = [];
  for (const { id } of infos) {
    const profile = await store.profile(id);
    const text = profile === undefined ? '' : textFromProfile(profile);
    const original = await store.original(id);
    expect(new TextDecoder().decode(original)).toBe(text);
    const { number } = /main\.g(?<number>\d+) 1 /.exec(text)?.groups ?? {};
    numbers.push(Number(number));
  }
  return numbers;
}

describe('a killed process', () => {
  test('loses nothing that was acknowledged, and the store opens again', async () => {
    const acknowledged: number[] = [];
    for (const [round, wait] of [150, 23, 400, 77, 260].entries()) {
      acknowledged.push(...(await writeAndKill(round * 100_000, wait)));
      const store = await openDuckStore(folder, options);
      try {
        const stored = await storedNumbers(store);
        const set = new Set(stored);
        expect(set.size).toBe(stored.length);
        expect(acknowledged.filter((number) => !set.has(number))).toEqual([]);
        // At most one profile a round was on its way and made it to the disk unsaid.
        expect(stored.length - acknowledged.length).toBeLessThanOrEqual(round + 1);
        const merged = await store.merged(query);
        expect(merged.profiles).toBe(stored.length);
        const counts = Array.from(merged.profile.samples.values[0] ?? [], Number);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(stored.length);
        const [series] = await store.timeline({ ...query, sampleType: 'samples' });
        expect(series?.value.length).toBe(stored.length);
      } finally {
        await store.close();
      }
    }
    expect(acknowledged.length).toBeGreaterThan(5);
  });

  test('leaves files that no row names, which are removed', async () => {
    await (await openDuckStore(folder, options)).close();
    await writeFile(join(folder, 'segments', '1-1-samples_1.parquet'), 'half');
    await writeFile(join(folder, 'segments', '1-2-samples_1.parquet.tmp'), 'less');
    const store = await openDuckStore(folder, options);
    expect(await readdir(join(folder, 'segments'))).toEqual([]);
    await store.close();
  });

  test('may leave half an entry in the journal, which ends it', async () => {
    const acknowledged = await writeAndKill(0, 60);
    const [journal = ''] = (await readdir(folder))
      .filter((name) => name.endsWith('.log'))
      .slice(-1);
    await appendFile(join(folder, journal), Uint8Array.of(200, 0, 0, 0, 1, 2, 3, 4, 5));
    const store = await openDuckStore(folder, options);
    const stored = await storedNumbers(store);
    await store.close();
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
    await truncate(
      join(folder, 'originals', (await readdir(join(folder, 'originals')))[0] ?? ''),
      1,
    );
    const again = await openDuckStore(folder, options);
    expect(await again.original((await again.listProfiles(query, 1))[0]?.id ?? '')).toBeUndefined();
    await again.close();
  });
});

describe('a data folder that is in use', () => {
  test('is refused in the same process, and again free once closed', async () => {
    const store = await openDuckStore(folder, options);
    await expect(openDuckStore(`${folder}/.`, options)).rejects.toMatchObject({
      code: 'store.locked',
    });
    await store.close();
    await (await openDuckStore(folder, options)).close();
  });

  test('is refused to another process in one line', async () => {
    const store = await openDuckStore(folder, options);
    const child = spawn(process.execPath, [writer, folder, '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8');
    for await (const part of child.stderr) errors += part;
    await store.close();
    expect(errors).toMatch(/The data folder .* is in use by another whygo/);
    expect(errors).toMatch(/store\.locked/);
  });
});
