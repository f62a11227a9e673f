import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journal, readJournals } from './journal.ts';
import type { Entry } from './journalentry.ts';
import { DICTIONARY, HISTOGRAMS, samplesTable, TOTALS } from './tables.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whygo-journal-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function entry(sequence: number): Entry {
  const texts = {
    table: DICTIONARY,
    length: 1,
    columns: [Uint32Array.of(1), Uint32Array.of(2), ['é']],
  };
  return { sequence, batches: [texts] };
}

const everyColumnType: Entry = {
  sequence: 2 ** 40,
  batches: [
    {
      table: DICTIONARY,
      length: 2,
      columns: [Uint32Array.of(1, 2), Uint32Array.of(3, 4), ['', 'zwölf\0🦫']],
    },
    {
      table: samplesTable(1),
      length: 1,
      columns: [
        Uint32Array.of(1),
        Uint32Array.of(2),
        Uint32Array.of(3),
        Uint32Array.of(4),
        BigInt64Array.of(-(2n ** 63n)),
      ],
    },
    {
      table: TOTALS,
      length: 1,
      columns: [Uint32Array.of(1), Uint32Array.of(0), Float64Array.of(0.1)],
    },
    {
      table: HISTOGRAMS,
      length: 1,
      columns: [Uint32Array.of(1), Uint32Array.of(2), Uint32Array.of(3), [Uint8Array.of(9, 8)]],
    },
  ],
};

describe('the journal', () => {
  test('gives every entry back as it was', async () => {
    const journal = await Journal.create(folder, () => undefined);
    await journal.append(everyColumnType);
    await journal.close();
    expect(await readJournals(folder)).toEqual([everyColumnType]);
  });

  test('tells of entries in order, before their append resolves', async () => {
    const seen: number[] = [];
    const journal = await Journal.create(folder, ({ sequence }) => seen.push(sequence));
    const appended = [1, 2, 3].map((n) =>
      journal.append(entry(n)).then(() => expect(seen).toContain(n)),
    );
    await Promise.all(appended);
    expect(seen).toEqual([1, 2, 3]);
    await journal.close();
  });

  test('keeps a file until all of its entries are applied', async () => {
    const journal = await Journal.create(folder, () => undefined);
    const kept = async () => (await readJournals(folder)).map(({ sequence }) => sequence);
    await journal.append(entry(1));
    await journal.append(entry(2));
    await journal.applied(1);
    await journal.append(entry(3));
    expect(await kept()).toEqual([1, 2, 3]);
    await journal.applied(2);
    expect(await kept()).toEqual([3]);
    await journal.applied(3);
    expect(await kept()).toEqual([]);
    await journal.append(entry(4));
    expect(await kept()).toEqual([4]);
    await journal.close();
  });

  test('begins with fresh files, as what was there has been replayed', async () => {
    const first = await Journal.create(folder, () => undefined);
    await first.append(entry(1));
    await first.close();
    const second = await Journal.create(folder, () => undefined);
    await second.append(entry(2));
    await second.close();
    expect(await readdir(folder)).toEqual(['journal-2.log']);
  });

  test('says in one line that it cannot write', async () => {
    const journal = await Journal.create(folder, () => undefined);
    await rm(folder, { recursive: true });
    await expect(journal.append(entry(1))).rejects.toMatchObject({ code: 'store.write' });
    await journal.close();
  });
});
