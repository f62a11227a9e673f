/** Recordings of programs that stand still for good, of idle ones, and dumps written as text. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../base/utf8.ts';
import { explain } from './explain.ts';
import type { Finding } from './finding.ts';
import { fromDump } from './from-dump.ts';
import type { Observation } from './observation.ts';

const SECOND = 1_000_000_000n;
const EPOCH = 1_767_225_600n * SECOND;

/** Dumps thirty seconds apart. */
function observationOf(texts: readonly Uint8Array[]): Observation {
  const read = texts.map((text, i) => fromDump(text, EPOCH + BigInt(i * 30) * SECOND));
  return {
    target: 'test',
    fromNanos: EPOCH,
    toNanos: EPOCH + 60n * SECOND,
    captures: read.flatMap(({ captures }) => captures),
    metrics: [],
    dumps: read.flatMap(({ dumps }) => dumps),
    ownModules: [],
    missing: [],
  };
}

const recorded = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/goroutines/${name}`, import.meta.url));

function stuckIn(...texts: readonly (Uint8Array | string)[]): readonly Finding[] {
  const bytes = texts.map((text) => (typeof text === 'string' ? encodeUtf8(text) : text));
  return explain(observationOf(bytes)).findings.filter(({ kind }) => kind === 'stuck');
}

const lines = (finding: Finding | undefined) => finding?.where.map(({ line }) => line);

/** A goroutine that waits inside Lock; `lock` and what the function has at hand are addresses. */
function locking(id: number, lock: string, fn: string, line: number, args = lock): string {
  return `goroutine ${id} [sync.Mutex.Lock]:
internal/sync.(*Mutex).lockSlow(${lock})
	/usr/local/go/src/internal/sync/mutex.go:149 +0x15d
sync.(*Mutex).Lock(...)
	/usr/local/go/src/sync/mutex.go:46
main.${fn}(${args})
	/app/main.go:${line} +0x1e
created by main.main in goroutine 1
	/app/main.go:9 +0x1e
`;
}

function at(id: number, state: string, fn: string, line: number, args = '', creator = 1): string {
  return `goroutine ${id} [${state}]:
main.${fn}(${args})
	/app/main.go:${line} +0x1e
created by main.main in goroutine ${creator}
	/app/main.go:9 +0x1e
`;
}

describe('a circle of locks', () => {
  test.each([
    'partial-go1.15.15.debug2.txt',
    'partial-go1.18.10.sigquit.txt',
    'partial-go1.26.8.debug2.txt',
  ])('of two in opposite orders is told from one dump: %s', (name) => {
    const [finding, ...others] = stuckIn(recorded(name));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'high', confidence: 0.88 });
    expect(finding?.title).toContain('two locks in opposite orders');
    expect(lines(finding)).toEqual([148, 145]);
    expect(finding?.impact).toContain('8 other goroutines queue');
    expect(finding?.counterEvidence.map(({ text }) => text).join()).toContain('inferred');
  });

  test('is surer when nobody has moved thirty seconds later', () => {
    const dump = recorded('partial-go1.26.8.debug2.txt');
    const [finding] = stuckIn(dump, dump);
    expect(finding?.confidence).toBe(0.97);
    expect(finding?.impact).toContain('for at least 30 s');
  });

  test('of which somebody has moved is none', () => {
    const dump = new TextDecoder().decode(recorded('partial-go1.26.8.debug2.txt'));
    const later = dump.replaceAll('dumps/main.go:148', 'dumps/main.go:149');
    expect(stuckIn(dump, later).filter((f) => f.title.startsWith('Deadlock'))).toEqual([]);
  });
});

describe('a lock that is not handed over', () => {
  const holder = at(5, 'chan send', 'publish', 40, '0xc000010000');
  const known = locking(8, '0xc000020000', 'publish', 38, '0xc000020000');
  const stuck = [
    holder.replace('0xc000010000', '0xc000012000'),
    locking(6, '0xc000012000', 'publish', 38),
    locking(7, '0xc000012000', 'publish', 38),
  ];

  test('names the holder and what it waits for, when it is past the lock', () => {
    const dump = [...stuck, known].join('\n');
    const [finding] = stuckIn(dump, dump);
    expect(finding).toMatchObject({ kind: 'stuck', severity: 'high' });
    expect(finding?.title).toContain('goroutine 5 holds while it waits to send');
    expect(lines(finding)).toEqual([40, 38]);
  });

  test('is contention when somebody who waited has got it', () => {
    const before = stuck.join('\n');
    const later = [stuck[0], stuck[1], at(7, 'chan receive', 'idle', 60)].join('\n');
    expect(stuckIn(before, later).filter((f) => f.title.includes('lock'))).toEqual([]);
  });

  test('may have been forgotten, when nobody is seen to hold it', () => {
    const dump = [locking(6, '0xc000012000', 'read', 38), at(7, 'IO wait', 'serve', 9)].join('\n');
    const [finding] = stuckIn(dump, dump);
    expect(finding?.title).toContain('that nobody is seen to hold');
    expect(finding?.fix).toContain('defer');
    expect(stuckIn(dump)).toEqual([]);
  });
});

describe('a lock without an address', () => {
  const inlined = (id: number, line = 40) => `goroutine ${id} [sync.RWMutex.RLock]:
sync.runtime_SemacquireRWMutexR(0x2b?, 0x13?, 0x2c?)
	/usr/local/go/src/runtime/sema.go:100 +0x25
sync.(*RWMutex).RLock(...)
	/usr/local/go/src/sync/rwmutex.go:74
main.(*Mapping).notify(0xc000012000)
	/app/main.go:${line} +0x31
main.(*Mapping).clear(0xc000012000)
	/app/main.go:34 +0x31
created by main.main in goroutine 1
	/app/main.go:9 +0x1e
`;

  test('is told by its line, and that the goroutine may hold it itself', () => {
    const [finding] = stuckIn(inlined(7), inlined(7));
    expect(finding).toMatchObject({ severity: 'medium', confidence: 0.75 });
    expect(lines(finding)).toEqual([40, 34, 9]);
    expect(finding?.evidence[1]?.text).toContain('may hold the lock itself');
  });

  test('is not told when somebody got on from there', () => {
    const before = [inlined(7), inlined(8)].join('\n');
    expect(stuckIn(before, [inlined(7), inlined(8, 41)].join('\n'))).toEqual([]);
    expect(stuckIn(inlined(7))).toEqual([]);
  });
});

describe('a wait group', () => {
  const waiting = `goroutine 1 [sync.WaitGroup.Wait]:
sync.(*WaitGroup).Wait(0xc000014000)
	/usr/local/go/src/sync/waitgroup.go:206 +0x85
main.main()
	/app/main.go:30 +0x306
`;

  test('whose goroutines are all blocked in a send leads to the send', () => {
    const dump = [
      waiting,
      at(5, 'chan send', 'main.func1', 20),
      at(6, 'chan send', 'main.func1', 20),
    ].join('\n');
    const [finding] = stuckIn(dump, dump);
    expect(finding).toMatchObject({ severity: 'high' });
    expect(lines(finding)).toEqual([20, 30, 9]);
    expect(finding?.fix).toContain('wg.Wait()');
  });

  test('of idle workers is how servers wait', () => {
    const dump = [waiting, at(5, 'chan receive', 'work', 20), at(6, 'select', 'work', 22)].join(
      '\n',
    );
    expect(stuckIn(dump, dump)).toEqual([]);
  });

  test('whose goroutines are gone lacks a Done', () => {
    const dump = [waiting, at(5, 'IO wait', 'other', 20, '', 7)].join('\n');
    const [finding] = stuckIn(dump, dump);
    expect(finding?.title).toContain('none of the goroutines that it started is left');
    expect(lines(finding)?.[0]).toBe(30);
  });
});

describe('channels', () => {
  test('that are nil never become ready', () => {
    const [finding] = stuckIn(at(5, 'chan receive (nil chan)', 'consume', 20));
    expect(finding).toMatchObject({ severity: 'medium', confidence: 0.95 });
  });

  test('to which goroutines send for minutes are told with them', () => {
    const [finding] = stuckIn(recorded('leak-go1.26.8-leak.debug2.txt'));
    expect(finding?.title).toContain('20 goroutines wait to send');
    expect(lines(finding)).toEqual([89]);
  });
});

describe('the end of a program', () => {
  test('by the runtime’s word is certain, and leads to who blocks main', () => {
    const findings = stuckIn(recorded('deadlock-go1.26.8.txt'));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'high', confidence: 0.99 });
    expect(lines(findings[0])).toEqual([206, 207, 210]);
  });
});

describe('idle programs', () => {
  test.each([
    'healthy-go1.19.13.debug2.txt',
    'healthy-go1.22.12.sigquit.txt',
    'healthy-go1.26.8.debug2.txt',
    'healthy-go1.27rc1.debug2.txt',
  ])('are not stuck, however long: %s', (name) => {
    const dump = recorded(name);
    expect(stuckIn(dump, dump)).toEqual([]);
  });
});
