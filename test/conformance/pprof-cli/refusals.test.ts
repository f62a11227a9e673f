/** What pprof refuses, ours refuses with the same status or reads as a format that pprof has not. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mutate, seeded } from '../pprof/mutations.ts';
import { runOurs } from './compare.ts';
import { buildPprof, goVersion, Peer } from './peer.ts';

const version = goVersion();
const fixtures = join(import.meta.dirname, '../../fixtures');
/** Always the same: answers of pprof are kept by path. */
const folder = join(import.meta.dirname, '../../../.cache/pprof-cli/damaged');
mkdirSync(folder, { recursive: true });

const cpu = readFileSync(join(fixtures, 'pprof/catalog/mutex-go1.22.12.pb.gz'));
const plain = gunzipSync(cpu);
const legacy = readFileSync(join(fixtures, 'goroutines/leak-go1.27rc1.debug1.txt'));
const gperftools = readFileSync(join(fixtures, 'pprof/words/cpp-gperftools.cpu'));

/** A few of each kind; every truncation and thousands of mutations are in the decoders' own tests. */
function inputs(): readonly (readonly [string, Uint8Array])[] {
  const random = seeded(3);
  const cut = (name: string, bytes: Uint8Array) =>
    [0.1, 0.5, 0.9, 0.99].map(
      (share) => [`${name}, ${share}`, bytes.subarray(0, bytes.length * share)] as const,
    );
  const damaged = (name: string, bytes: Uint8Array) =>
    Array.from({ length: 12 }, (_, i) => [`${name}, damage ${i}`, mutate(bytes, random)] as const);
  return [
    ['empty', new Uint8Array(0)],
    ['a page', Buffer.from('<!doctype html><title>404</title>')],
    ['a diary', Buffer.from('Dear diary\n')],
    ...cut('gzip', cpu),
    ...cut('proto', plain),
    ...cut('text', legacy),
    ...cut('words', gperftools),
    ...damaged('gzip', cpu),
    ...damaged('proto', plain),
    ...damaged('text', legacy),
    ...damaged('words', gperftools),
  ];
}

describe.skipIf(version === undefined)(
  `pprof's verdict${version === undefined ? ' (skipped: needs go on the PATH)' : ''}`,
  () => {
    if (version === undefined) return;
    const peer = new Peer(version, buildPprof(version));
    test('is ours on damaged files, and so is what is printed of those it reads', async () => {
      const different: string[] = [];
      let refused = 0;
      for (const [i, [name, bytes]] of inputs().entries()) {
        const path = join(folder, `input${i}`);
        writeFileSync(path, bytes);
        const theirs = await peer.answer(['-raw', path], 0);
        const ours = await runOurs(['-raw', path]);
        if (theirs.status !== 0) {
          refused++;
          // A dump that is cut is read as far as it goes: pprof does not read dumps at all.
          const isBeyond = ours.status === 0 && ours.stdout.includes('Comment: Read from ');
          const isRefused = ours.status === theirs.status && ours.stdout.length === 0;
          if (!isBeyond && !isRefused) different.push(`${name}: ${ours.status}, ${theirs.status}`);
          if (isRefused) expect(ours.stderr).toMatch(/^whygo: [^\n]+\n$/);
        } else if (ours.status !== 0 || !ours.stdout.equals(theirs.stdout)) {
          different.push(`${name}: pprof reads it${ours.status === 0 ? ', otherwise' : ''}`);
        }
      }
      expect(different).toEqual([]);
      expect(refused).toBeGreaterThan(20);
    });
  },
);
