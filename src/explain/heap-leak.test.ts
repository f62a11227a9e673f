import { describe, expect, test } from 'vitest';
import { observationFromText, type TextCapture } from './fromtext.ts';
import { findHeapLeaks } from './heap-leak.ts';
import { openWindow } from './window.ts';

const MB = 1024 * 1024;
const RATE = 512 * 1024;

interface Snapshot {
  readonly allocated: number;
  readonly inuse: number;
}

function find(snapshots: readonly Snapshot[], options: { every?: number; gentle?: boolean } = {}) {
  const { every = 5, gentle = false } = options;
  const captures = snapshots.map(({ allocated, inuse }, i): TextCapture => {
    const [made, kept] = [Math.round(allocated), Math.round(inuse)];
    const objects = `${Math.round(made / 1000)} ${made} ${Math.round(kept / 1000)} ${kept}`;
    const stacks = `main.serve@m.go:4;main.remember@m.go:9 ${objects}\nmain.main@m.go:1 9 9000 9 9000`;
    return { type: 'heap', at: i * every, stacks, gentle };
  });
  return findHeapLeaks(openWindow(observationFromText({ captures }))).map((d) => d.finding);
}

/** Nothing is freed. */
const leak = (megabytes: readonly number[]) =>
  megabytes.map((m) => ({ allocated: m * MB, inuse: m * MB }));

/** As much is freed as is allocated beyond what is in use. */
const churn = (megabytes: readonly number[], perSnapshot: number) =>
  megabytes.map((m, i) => ({ allocated: (50 + i * perSnapshot) * MB, inuse: m * MB }));

describe('heap-leak', () => {
  test('names the line whose memory stays', () => {
    const [finding] = find(leak([2.7, 6, 9.3, 13.1, 16.3, 19.9, 23.2]));
    expect(finding?.severity).toBe('high');
    expect(finding?.where.map((p) => `${p.function}:${p.line}`)).toEqual([
      'main.remember:9',
      'main.serve:4',
    ]);
    expect(finding?.title).toContain('41.3 MB/min');
    expect(finding?.evidence[2]?.text).toContain('Nothing that was allocated there');
  });

  test('a cache that has filled is none', () => {
    expect(find(leak([1.6, 4.4, 7.1, 7.6, 7.1, 7.3, 7.2]))).toEqual([]);
  });

  test('growth within the noise of sampling is none', () => {
    expect(find(leak([20, 20.2, 20.4, 20.6, 20.8, 21, 21.2]))).toEqual([]);
  });

  test('the same growth is noise in a cache that is replaced, and none in what stays', () => {
    const grown = [20, 21, 22, 23, 24, 25, 26];
    expect(find(leak(grown))[0]?.severity).toBe('medium');
    expect(find(churn(grown, 10))).toEqual([]);
  });

  test('garbage may look like growth where no collection was forced', () => {
    const grown = [2, 3, 4, 5, 6, 7, 8].map((m, i) => ({
      allocated: (5 + i * 1.1) * MB,
      inuse: m * MB,
    }));
    expect(find(grown)[0]?.severity).toBe('low');
    expect(find(grown, { gentle: true })).toEqual([]);
  });

  test('where nothing is freed, there is no garbage', () => {
    const grown = leak([1, 2, 3, 4, 5, 6, 7]);
    expect(find(grown, { gentle: true })[0]?.severity).toBe('medium');
  });

  test('four snapshots say nothing', () => {
    expect(find(leak([1, 20, 40, 60]))).toEqual([]);
  });

  test('a leak that begins midway is found', () => {
    const late = [...Array.from({ length: 10 }, () => 5), 9, 13, 17, 21, 25, 29, 33, 37];
    expect(find(leak(late), { every: 10 })[0]?.severity).toBe('high');
  });

  test('memory from before a restart is not compared', () => {
    const restarted = [...leak([40, 44, 48]), ...leak([1, 1.1, 1, 1.1, 1, 1.1])];
    expect(find(restarted)).toEqual([]);
  });

  test('growth that a store keeps apart from what is in use is joined', () => {
    const snapshots = [20, 21, 22, 23, 24, 25, 26];
    const inuse = snapshots.map((m, i): TextCapture => {
      const stacks = `main.remember@m.go:9 0 0 ${m * 1000} ${m * MB}`;
      return { type: 'heap', at: i * 10, stacks, gentle: true };
    });
    const observation = observationFromText({ captures: inuse });
    // Only what is in use: the store's heap records have no alloc columns.
    const captures = observation.captures.map((c) => ({
      ...c,
      profile: {
        ...c.profile,
        sampleTypes: c.profile.sampleTypes.slice(2),
        samples: { ...c.profile.samples, values: c.profile.samples.values.slice(2) },
      },
    }));
    expect(findHeapLeaks(openWindow({ ...observation, captures }))).toEqual([]);
    const grown = observationFromText({
      captures: snapshots.slice(1).map((_, i) => ({
        type: 'heap',
        at: i * 10,
        for: 10,
        delta: true,
        stacks: `main.remember@m.go:9 1000 ${MB} 0 0`,
      })),
    }).captures.map((c) => ({ ...c, type: 'allocs' }));
    const [draft] = findHeapLeaks(
      openWindow({ ...observation, captures: [...captures, ...grown] }),
    );
    expect(draft?.finding.evidence[2]?.text).toContain('Nothing that was allocated there');
  });
});

/**
 * The profiler keeps one object in RATE / size on average and scales up: what it would show of true
 * sizes, by a small generator that gives the same numbers everywhere.
 */
class Sampler {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  private next(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.state / 2 ** 32;
  }

  /** Poisson by counting exponential gaps. */
  sampled(bytes: number): number {
    let count = 0;
    for (let sum = -Math.log(1 - this.next()); sum < bytes / RATE; count++) {
      sum -= Math.log(1 - this.next());
    }
    return count * RATE;
  }

  chance(): number {
    return this.next();
  }
}

describe('over 200 simulated programs', () => {
  const serious = (snapshots: readonly Snapshot[]) =>
    find(snapshots).some((f) => f.severity !== 'low') ? 1 : 0;
  const runs = Array.from({ length: 200 }, (_, i) => new Sampler(i * 7919 + 1));

  test('a cache of 16 MB that is replaced all the time is never above low', () => {
    let alarms = 0;
    for (const sampler of runs) {
      let allocated = 40 * MB;
      const snapshots = Array.from({ length: 11 }, () => {
        allocated += sampler.sampled(20 * MB);
        return { allocated, inuse: sampler.sampled(16 * MB) };
      });
      alarms += serious(snapshots);
    }
    expect(alarms).toBe(0);
  });

  test('a cache of 16 MB whose entries are slowly replaced is hardly ever above low', () => {
    let alarms = 0;
    for (const sampler of runs) {
      let inuse = sampler.sampled(16 * MB);
      let allocated = inuse;
      const snapshots = Array.from({ length: 11 }, () => {
        const made = sampler.sampled(MB);
        allocated += made;
        inuse += made - Math.min(inuse, sampler.sampled(MB));
        return { allocated, inuse };
      });
      alarms += serious(snapshots);
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });

  test('a leak of 20 MB a minute is above low in nearly every run of 30 s', () => {
    let found = 0;
    for (const sampler of runs) {
      let inuse = sampler.sampled(5 * MB);
      const snapshots = Array.from({ length: 11 }, () => {
        inuse += sampler.sampled(MB);
        return { allocated: inuse, inuse };
      });
      found += serious(snapshots);
    }
    expect(found).toBeGreaterThanOrEqual(190);
  });
});
