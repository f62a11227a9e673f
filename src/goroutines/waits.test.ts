/** Who waits for what, who probably holds it, and circles: from recorded and from small dumps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitGraphOf } from './holders.ts';
import { parseGoroutineDump } from './parse.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const parse = (text: string) =>
  parseGoroutineDump(new TextEncoder().encode(text), { arguments: true });
const graphOf = (text: string) => waitGraphOf(parse(text));
const recorded = (name: string) => graphOf(readFileSync(join(folder, name), 'utf8'));

/** A goroutine that waits at `line` of `caller` for the mutex at `lock`. */
function locker(id: number, lock: string, caller: string, line: number): string {
  return `goroutine ${id} [sync.Mutex.Lock]:
sync.(*Mutex).lockSlow(${lock})
\tsync/mutex.go:171 +0x15d
sync.(*Mutex).Lock(...)
\tsync/mutex.go:90
${caller}
\tmain.go:${line} +0x1
`;
}

describe('two goroutines that lock in opposite orders', () => {
  const names = ['1.15.15', '1.18.10', '1.26.8'].flatMap((version) => [
    `partial-go${version}.debug2.txt`,
    `partial-go${version}.sigquit.txt`,
  ]);

  test.each([...names, 'partial-crash-go1.26.8.txt'])('%s: one circle, and likely', (name) => {
    const { cycles, resources } = recorded(name);
    expect(cycles.length).toBe(1);
    expect(cycles[0]).toMatchObject({ isLikely: true, isOrderInversion: true });
    expect(cycles[0].steps.map(({ waiter }) => waiter.at)).toEqual([
      { function: 'main.transfer', file: 'dumps/main.go', line: 148 },
      { function: 'main.transfer', file: 'dumps/main.go', line: 148 },
    ]);
    expect(cycles[0].steps.map(({ holder }) => holder.takenAt?.line)).toEqual([145, 145]);
    // The eight that only wait hold nothing.
    const mutexes = resources.filter(({ kind }) => kind === 'mutex');
    expect(mutexes.map(({ waiters, holders }) => [waiters.length, holders.length])).toEqual([
      [9, 1],
      [1, 1],
    ]);
  });
});

describe('what a dump names', () => {
  test('a mutex, a wait group, and the channels of a dump of a signal', () => {
    const { resources, cycles } = recorded('deadlock-cgo-sigquit-go1.26.8.txt');
    expect(resources.map(({ kind, waiters }) => [kind, waiters[0].id])).toEqual([
      ['wait group', 1],
      ['channel', 8],
      ['mutex', 9],
    ]);
    expect(cycles).toEqual([]);
  });

  test('locks whose address is stale are not guessed', () => {
    const { resources } = recorded('leak-go1.27rc1.debug2.txt');
    expect(resources.map(({ kind }) => kind)).not.toContain('rwmutex');
  });

  test.each(['healthy-go1.27rc1.debug2.txt', 'healthy-go1.27rc1.sigquit.txt'])(
    '%s: no circle',
    (name) => {
      expect(recorded(name).cycles).toEqual([]);
    },
  );

  test('nothing without arguments', () => {
    const bytes = readFileSync(join(folder, 'partial-go1.26.8.debug2.txt'));
    expect(waitGraphOf(parseGoroutineDump(bytes))).toMatchObject({
      resources: [],
      cycles: [],
    });
  });
});

describe('a probable holder', () => {
  const waiting = locker(1, '0xc000012008', 'main.(*store).get(0xc000012000, 0x5)', 10);
  const working = (line: number, address: string) => `goroutine 2 [IO wait]:
net.(*conn).Read(0xc000099000)
\tnet/net.go:1 +0x1
main.(*store).get(${address}, 0x7)
\tmain.go:${line} +0x1
`;

  test('is further down in the function that takes the lock, with the same struct at hand', () => {
    const { resources } = graphOf(`${waiting}\n${working(15, '0xc000012000')}`);
    expect(resources[0].holders).toMatchObject([
      { id: 2, evidence: 'passed', state: 'IO wait', takenAt: { line: 10 }, at: { line: 15 } },
    ]);
  });

  test('is not one that has not come so far, has another struct, or a stale one', () => {
    for (const other of [
      working(8, '0xc000012000'),
      working(15, '0xc000055000'),
      working(15, '0xc000012000?'),
    ]) {
      expect(graphOf(`${waiting}\n${other}`).resources[0].holders).toEqual([]);
    }
  });

  test('may be one that reaches the lock from elsewhere, when nothing better is known', () => {
    const other = 'goroutine 2 [sleep]:\nmain.hold(0xc000012008)\n\tmain.go:99 +0x1\n';
    const { resources } = graphOf(`${waiting}\n${other}`);
    expect(resources[0].holders).toMatchObject([{ id: 2, evidence: 'reaches' }]);
  });
});

describe('circles', () => {
  test('of three are found once; a queue for a lock is none', () => {
    const [a, b, c] = ['0xc000001000', '0xc000002000', '0xc000003000'];
    const philosopher = (id: number, left: string, right: string) =>
      locker(id, right, `main.eat(${left}, ${right})`, 20);
    // Someone waits at the first line, which shows that main.eat takes its first argument there.
    const late = locker(9, a, `main.eat(${a}, ${b})`, 10);
    const table = [philosopher(1, a, b), philosopher(2, b, c), philosopher(3, c, a), late];
    const { cycles } = graphOf(table.join('\n'));
    expect(cycles.length).toBe(1);
    expect(cycles[0].steps.map(({ waiter }) => waiter.id)).toEqual([1, 2, 3]);
    expect(cycles[0]).toMatchObject({ isLikely: true, isOrderInversion: false });

    const queue = [1, 2, 3].map((id) => locker(id, a, `main.eat(${a}, ${b})`, 10));
    expect(graphOf(queue.join('\n')).cycles).toEqual([]);
  });

  test('a goroutine that locks again what it holds is a circle of one', () => {
    const outer = `${locker(1, '0xc000012000', 'main.(*T).inner(0xc000012000)', 30)}main.(*T).outer(0xc000012000)
\tmain.go:12 +0x1
`;
    const other = locker(2, '0xc000012000', 'main.(*T).outer(0xc000012000)', 10);
    const { cycles } = graphOf(`${outer}\n${other}`);
    expect(cycles[0].steps.map(({ waiter, holder }) => [waiter.id, holder.id])).toEqual([[1, 1]]);
  });

  test('a thousand goroutines that wait for each other’s neighbour end in time', () => {
    const address = (i: number) => `0xc0${(0x10000 + (i % 1000) * 64).toString(16)}`;
    const dumps = Array.from({ length: 1000 }, (_, i) =>
      locker(i + 1, address(i + 1), `main.walk(${address(i)}, ${address(i + 1)})`, 20),
    );
    const first = locker(2000, address(0), `main.walk(${address(0)}, ${address(1)})`, 10);
    expect(graphOf([...dumps, first].join('\n')).resources.length).toBe(1000);
  });

  test('more circles than anyone reads are cut short, and said to be', () => {
    const locks = Array.from({ length: 40 }, (_, i) => `0xc00${(0x10000 + i * 64).toString(16)}`);
    // Each reaches the next five, so that every lock may be held by five.
    const next = (i: number) =>
      [1, 2, 3, 4, 5].map((n) => locks[(i + n) % locks.length]).join(', ');
    const dumps = locks.map((lock, i) => locker(i + 1, lock, `main.mix${i}(${next(i)})`, 20));
    const { hasAllCycles, cycles } = graphOf(dumps.join('\n'));
    expect(hasAllCycles).toBe(false);
    expect(cycles[0]?.isLikely).toBe(false);
  });
});
