/**
 * A server over a real store with profiles of the demo shop in it, for tests.
 *
 * Two rounds of captures, ten seconds apart, of one target; see test/fixtures/collect/README.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { nodeDecompressors } from '../../src/collect/decompress.ts';
import { Snapshots } from '../../src/collect/snapshots.ts';
import { decodeProfile } from '../../src/formats/compression.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { FindingLog } from '../../src/server/findings.ts';
import { Intake } from '../../src/server/intake.ts';
import { openDuckStore } from '../../src/store/duck/open.ts';
import type { Store } from '../../src/store/store.ts';

export const KEY = { service: 'shop', labels: { instance: '127.0.0.1:6060' } };
/** Unix milliseconds of the first round. */
export const FIRST = Date.UTC(2026, 0, 2, 3, 4, 5);
export const ROUND = 10_000;
export const RANGE = `from=${FIRST - 1000}&to=${FIRST + 3 * ROUND}`;

const TYPES = ['cpu', 'heap', 'block', 'mutex', 'goroutine', 'threadcreate'];

export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '..', 'fixtures', 'collect', name));
}

export interface ShopServer {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly intake: Intake;
  readonly findings: FindingLog;
  close(): Promise<void>;
}

export async function shopServer(options: Partial<AppOptions> = {}): Promise<ShopServer> {
  const folder = mkdtempSync(join(tmpdir(), 'whygo-server-'));
  const store = await openDuckStore(folder, { memoryLimit: '256MB', threads: 1 });
  const intake = new Intake(store);
  const findings = new FindingLog(store);
  await fill(intake);
  const app = await createApp({
    store,
    intake,
    findings,
    mode: () => 'live',
    targets: () => [],
    decompressors: nodeDecompressors,
    webRoot: join(folder, 'no-page'),
    version: '0.0.0',
    now: () => FIRST + 2 * ROUND,
    ...options,
  });
  return {
    app,
    store,
    intake,
    findings,
    async close() {
      await app.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(intake: Intake): Promise<void> {
  const snapshots = new Snapshots();
  for (const round of [0, 1]) {
    for (const type of TYPES) {
      const bytes = fixture(`${type}-${round + 1}.pb.gz`);
      const profile = decodeProfile(bytes, nodeDecompressors);
      const { records } = snapshots.add({
        type,
        startNanos: BigInt(FIRST + round * ROUND) * 1_000_000n,
        durationNanos: type === 'cpu' ? profile.durationNanos : 0n,
        profile,
        cumulative: type === 'block' || type === 'mutex',
        original: bytes,
      });
      await intake.ingest(records.map((record) => ({ key: KEY, ...record })));
    }
  }
}
