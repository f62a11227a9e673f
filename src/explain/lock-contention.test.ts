import { describe, expect, test } from 'vitest';
import { observationFromText, type TextCapture } from './fromtext.ts';
import { findLockContention } from './lock-contention.ts';
import { openWindow } from './window.ts';

const LOCK =
  'sync.(*Mutex).Lock;internal/sync.(*Mutex).lockSlow;internal/sync.runtime_SemacquireMutex;runtime.semacquire1;runtime.gopark';
const WAITER = `main.(*Stock).Reserve@m.go:20;${LOCK}`;
const HOLDER =
  'main.(*Stock).Reserve@m.go:22;main.(*Client).Call@c.go:9;net.(*conn).Read;internal/poll.runtime_pollWait;runtime.gopark';
const UNLOCK = 'main.(*Stock).Reserve@m.go:25;sync.(*Mutex).Unlock^';

function profile(type: 'mutex' | 'block', stack: string, seconds: number): TextCapture[] {
  const nanos = Math.round(seconds * 1e9);
  return [
    { type, at: 0, stacks: `${stack} 0 0` },
    { type, at: 10, stacks: `${stack} 1000 ${nanos}` },
  ];
}

function snapshots(stacks: string): TextCapture[] {
  return [0, 2, 4, 6, 8, 10].map((at) => ({ type: 'goroutine', at, stacks }));
}

function find(captures: readonly TextCapture[], wait?: number) {
  const metric = (at: number, value: number) => ({
    at,
    values: { '/sync/mutex/wait/total:seconds': value },
  });
  const metrics = wait === undefined ? [] : [metric(0, 5), metric(10, 5 + wait)];
  const observation = observationFromText({ captures, metrics });
  return findLockContention(openWindow(observation)).map((d) => d.finding);
}

const lines = (finding: { where: readonly { function: string; line: number }[] } | undefined) =>
  finding?.where.map((p) => `${p.function}:${p.line}`);

describe('lock-contention', () => {
  test('names the holder, what it does under the lock, and the waiters', () => {
    const [finding] = find(
      [
        ...profile('mutex', UNLOCK, 40),
        ...profile('block', WAITER, 38),
        ...snapshots(`${WAITER} 4\n${HOLDER} 1`),
      ],
      41,
    );
    expect(finding?.severity).toBe('high');
    expect(lines(finding)).toEqual([
      'main.(*Stock).Reserve:25',
      'main.(*Stock).Reserve:22',
      'main.(*Stock).Reserve:20',
      'main.(*Client).Call:9',
    ]);
    expect(finding?.title).toContain('waits for the network');
    expect(finding?.fix).toContain('Do not do I/O (main.(*Client).Call)');
    expect(finding?.impact).toContain('4 s of waiting in every second, 40 ms for each wait');
  });

  test('of a deferred Unlock leads with the slow call, then the defer statement', () => {
    const deferred =
      'main.(*Stock).Reserve@m.go:24;main.(*Stock).Reserve.deferwrap1@m.go:21;sync.(*Mutex).Unlock^';
    const [finding] = find([
      ...profile('mutex', deferred, 40),
      ...snapshots(`${WAITER} 4\n${HOLDER} 1`),
    ]);
    expect(lines(finding)?.slice(0, 2)).toEqual([
      'main.(*Stock).Reserve:22',
      'main.(*Stock).Reserve:21',
    ]);
  });

  test('without profile rates, snapshots show waiters and who is past the lock', () => {
    const [finding] = find(snapshots(`${WAITER} 4\n${HOLDER} 1`));
    expect(finding?.severity).toBe('high');
    expect(lines(finding)?.[0]).toBe('main.(*Stock).Reserve:22');
    expect(finding?.counterEvidence[0]?.text).toContain('inferred');
    expect(finding?.next).toContain('SetMutexProfileFraction');
  });

  test('somebody in a function of the type before its Lock holds nothing', () => {
    const before = HOLDER.replace('m.go:22', 'm.go:18');
    const [finding] = find(snapshots(`${WAITER} 4\n${before} 1`));
    expect(lines(finding)).toEqual(['main.(*Stock).Reserve:20']);
  });

  test('a method of the type that is busy whenever others wait is the likely holder', () => {
    const top =
      'main.(*Stock).Top@m.go:40;main.rank@m.go:60;slices.SortFunc[go.shape.int];slices.pdqsort';
    const [finding] = find(snapshots(`${WAITER} 4\n${top} 1\nmain.main@m.go:90;runtime.block 1`));
    expect(lines(finding)?.slice(0, 2)).toEqual([
      'main.(*Stock).Top:40',
      'main.(*Stock).Reserve:20',
    ]);
    expect(finding?.title).toContain('computes in main.rank');
    expect(finding?.counterEvidence[1]?.text).toContain('has not been seen to take it');
  });

  test('the runtime’s own count of waiting gates', () => {
    const captures = [...profile('mutex', UNLOCK, 40), ...profile('block', WAITER, 38)];
    expect(find(captures, 0.3)).toEqual([]);
    expect(find(captures, 2)[0]?.severity).toBe('low');
  });

  test('sharded locks that hardly wait are none', () => {
    expect(find([...profile('mutex', UNLOCK, 0.2), ...profile('block', WAITER, 0.2)])).toEqual([]);
  });

  test('idle workers are none, whatever their block delay', () => {
    const idle = 'main.(*pool).work@m.go:30;runtime.chanrecv2;runtime.chanrecv;runtime.gopark';
    expect(find([...profile('block', idle, 1200), ...snapshots(`${idle} 200`)])).toEqual([]);
  });

  test('locks inside the runtime are not the user’s', () => {
    const internal = 'main.work@m.go:3;runtime.mallocgc;runtime.unlock;runtime.unlock2';
    expect(find(profile('mutex', internal, 40))).toEqual([]);
  });
});
