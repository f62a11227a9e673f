/**
 * What every store must do, whatever engine is behind it: called by each engine's own tests.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Fixture } from './conformance/fixture.ts';
import { describeFindings, describeRetention } from './conformance/keeping.ts';
import { describeSampledMetrics } from './conformance/sampled.ts';
import {
  describeMerging,
  describeOneProfile,
  describeSampleLabels,
} from './conformance/samples.ts';
import { describeMetrics, describeTimelines } from './conformance/series.ts';
import type { Store } from './store.ts';

export interface StoreFactory {
  readonly name: string;
  open(folder: string): Promise<Store>;
}

/** Describes a store that every engine must be. */
export function describeStore(factory: StoreFactory): void {
  describe(factory.name, () => {
    let folder = '';
    let store: Store;
    const reopen = async () => {
      await store.close();
      store = await factory.open(folder);
    };
    const fixture: Fixture = {
      get store() {
        return store;
      },
      reopen,
    };

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'whygo-store-'));
      store = await factory.open(folder);
    });
    afterEach(async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    describe('one profile', () => describeOneProfile(fixture));
    describe('merging', () => describeMerging(fixture));
    describe('sample labels', () => describeSampleLabels(fixture));
    describe('timelines and lists', () => describeTimelines(fixture));
    describe('metrics', () => describeMetrics(fixture));
    describe('sampled metrics', () => describeSampledMetrics(fixture));
    describe('findings', () => describeFindings(fixture));
    describe('segments and retention', () => describeRetention(fixture));
  });
}
