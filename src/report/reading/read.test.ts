/** The rules, on recordings of real programs (test/fixtures) and on pictures of stacks. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodePprof } from '../../formats/pprof.ts';
import { profileFromText, type TextProfileOptions } from '../../profile/fromtext.ts';
import { defaultSampleIndex, type Profile } from '../../profile/profile.ts';
import { profileKind } from './kind.ts';
import type { Note, ReadingContext } from './note.ts';
import { readProfile } from './read.ts';

const folder = new URL('../../../test/fixtures/', import.meta.url);

function recorded(path: string): Profile {
  return decodePprof(gunzipSync(readFileSync(new URL(path, folder))));
}

function notesOf(path: string, context: ReadingContext = {}): readonly Note[] {
  const profile = recorded(path);
  return readProfile(profile, profileKind(profile, path), defaultSampleIndex(profile), context);
}

function note(notes: readonly Note[], id: string): Note | undefined {
  return notes.find((one) => one.id === id);
}

const CPU: TextProfileOptions = {
  sampleTypes: [
    { type: 'samples', unit: 'count' },
    { type: 'cpu', unit: 'nanoseconds' },
  ],
  period: 10_000_000n,
  durationNanos: 10_000_000_000n,
};
const WAITS: TextProfileOptions = {
  sampleTypes: [
    { type: 'contentions', unit: 'count' },
    { type: 'delay', unit: 'nanoseconds' },
  ],
};

/** Of a picture of stacks; the last sample type. */
function notesOfText(text: string, kind: string, options: TextProfileOptions): readonly Note[] {
  const profile = profileFromText(text, options);
  return readProfile(profile, kind, profile.sampleTypes.length - 1, {});
}

describe('every profile', () => {
  test.each([
    ['profiles/cpu-pgohot-go1.26.8.pb.gz', /does not see waiting/],
    ['profiles/allocs-escape-go1.26.8.pb.gz', /not say what is left of it/],
    ['collect/heap-1.pb.gz', /does not say who holds on to it/],
    ['reading/block-waits-go1.26.8.pb.gz', /Sleeping, network and file/],
    ['reading/mutex-waits-go1.26.8.pb.gz', /Who waited is not in it/],
    ['profiles/goroutine-leak-go1.26.8.pb.gz', /how long they have been there/],
    ['profiles/goroutineleak-leak-go1.27rc1.pb.gz', /on something reachable/],
    ['collect/threadcreate-1.pb.gz', /read the number, not the stacks/],
    ['profiles/wall-fgprof-v0.9.5.pb.gz', /does not tell running from waiting/],
  ])('%s says what it counts and what it cannot see', (path, blind) => {
    expect(note(notesOf(path), 'counts')?.text).toMatch(blind);
  });

  test('of the program’s own is named, not explained', () => {
    const sampleTypes = [{ type: 'misses', unit: 'count' }];
    const [own] = notesOfText('main.get 3', 'misses', { sampleTypes });
    expect(own?.text).toMatch(/the program’s own: it counts “misses”/);
  });

  test('has its cautions first', () => {
    const levels = notesOf('reading/cpu-deep-go1.26.8.pb.gz').map(({ level }) => level);
    expect(levels).toEqual([...levels].sort());
  });
});

describe('truncated stacks', () => {
  test.each([
    ['reading/cpu-deep-go1.26.8.pb.gz', 64],
    ['reading/heap-deep-go1.22.12.pb.gz', 32],
    ['reading/heap-deep-go1.26.8.pb.gz', 128],
    ['profiles/heap-compile-go-types.pb.gz', 128],
    ['profiles/cpu-compile-net-http.pb.gz', 64],
    ['collect/threadcreate-1.pb.gz', 32],
  ])('%s: cut at %i frames', (path, limit) => {
    expect(note(notesOf(path), 'truncated-stacks')?.text).toContain(`cut at ${limit} frames`);
  });

  test('a deep stack that begins where shallow ones begin is whole', () => {
    const deep = ['main.work', ...Array.from({ length: 63 }, () => 'main.descend')].join(';');
    expect(note(notesOfText(`${deep} 1 1`, 'cpu', CPU), 'truncated-stacks')).toBeDefined();
    const both = `main.work;main.leaf 1 1\n${deep} 1 1`;
    expect(note(notesOfText(both, 'cpu', CPU), 'truncated-stacks')).toBeUndefined();
  });

  test('shallow stacks say nothing', () => {
    const notes = notesOf('profiles/cpu-pgohot-go1.26.8.pb.gz');
    expect(note(notes, 'truncated-stacks')).toBeUndefined();
  });
});

describe('sampling rates', () => {
  test('100 Hz and 512 KiB are Go’s own', () => {
    expect(note(notesOf('reading/cpu-shop-go1.26.8.pb.gz'), 'sampling-rate')).toBeUndefined();
    expect(note(notesOf('collect/heap-1.pb.gz'), 'sampling-rate')).toBeUndefined();
  });

  test('500 Hz lose samples, so that nothing is said of idleness', () => {
    const notes = notesOf('reading/cpu-fast-go1.26.8.pb.gz');
    expect(note(notes, 'sampling-rate')?.text).toContain('500 Hz instead of 100');
    expect(note(notes, 'utilisation')?.text).toMatch(/at this rate the system drops some/);
  });

  test('a finer heap profile says its rate', () => {
    const notes = notesOf('profiles/heap-compile-go-types.pb.gz');
    expect(note(notes, 'sampling-rate')?.evidence).toEqual(['MemProfileRate 2048']);
  });

  test('block and mutex profiles do not tell theirs', () => {
    const notes = notesOf('reading/mutex-waits-go1.26.8.pb.gz');
    expect(note(notes, 'sampling-rate')?.text).toMatch(/not in the file/);
  });
});

describe('CPU time over recorded time', () => {
  test('an idle program is told from a busy one', () => {
    const idle = note(notesOf('collect/cpu-2.pb.gz'), 'utilisation');
    expect(idle?.level).toBe('caution');
    expect(idle?.text.replaceAll('\u00a0', ' ')).toContain('idle for at least 96 % of the time');
    const busy = note(notesOf('reading/cpu-deep-go1.26.8.pb.gz'), 'utilisation');
    expect(busy?.text).toMatch(/1 cores were busy/);
  });

  test('with GOMAXPROCS, its share of it', () => {
    const full = note(notesOf('reading/cpu-deep-go1.26.8.pb.gz', { processors: 1 }), 'utilisation');
    expect(full?.text).toMatch(/All 1 processors were busy/);
  });

  test('a profile that does not say how long it took says nothing', () => {
    const notes = notesOfText('main.work 1 10000000', 'cpu', { ...CPU, durationNanos: 0n });
    expect(note(notes, 'utilisation')).toBeUndefined();
  });
});

describe('waits', () => {
  test('workers that wait for work are told, with the waits they hide', () => {
    const idle = note(notesOf('reading/block-waits-go1.26.8.pb.gz'), 'idle-waits');
    expect(idle?.evidence[0]).toMatch(/^main\.worker: /);
    expect(note(notesOf('collect/block-2.pb.gz'), 'idle-waits')).toBeUndefined();
  });

  test('short waits for channels are work, not idleness', () => {
    const notes = notesOfText('main.get;runtime.chanrecv1 1000 5000000000', 'block', WAITS);
    expect(note(notes, 'idle-waits')).toBeUndefined();
  });

  test('block shows who is blocked, mutex who blocks', () => {
    const blocked = note(notesOf('reading/block-waits-go1.26.8.pb.gz'), 'which-side');
    expect(blocked?.text.replaceAll('\u00a0', ' ')).toMatch(
      /blocked\. 4\.\d % of it is waiting for mutexes/,
    );
    const holders = note(notesOf('reading/mutex-waits-go1.26.8.pb.gz'), 'which-side');
    expect(holders?.text).toMatch(/held the lock and let it go/);
  });

  test('a delay beyond the recorded time is goroutines side by side', () => {
    const text = 'main.get;sync.(*Mutex).Lock 3 30000000000';
    const notes = notesOfText(text, 'block', { ...WAITS, durationNanos: 10_000_000_000n });
    expect(note(notes, 'delay-exceeds-time')?.text).toMatch(/3 times the recorded time/);
  });
});

describe('Go versions', () => {
  test('are read off the paths of the sources', () => {
    const old = note(notesOf('reading/mutex-waits-go1.19.13.pb.gz'), 'go-version');
    expect(old?.text).toMatch(/Until Go 1\.22 .* counted the wait of one goroutine/);
    expect(old?.evidence).toEqual(['built with Go 1.19.13']);
    const newer = note(notesOf('reading/mutex-waits-go1.22.12.pb.gz'), 'go-version');
    expect(newer?.text).toMatch(/until Go 1\.25 not at the critical section/);
  });

  test('a version that is told wins; an unknown one says nothing', () => {
    const path = 'reading/block-waits-go1.26.8.pb.gz';
    expect(note(notesOf(path), 'go-version')).toBeUndefined();
    expect(note(notesOf(path, { goVersion: '1.16' }), 'go-version')?.text).toMatch(/rare long/);
    const cpu = notesOf('collect/cpu-2.pb.gz', { goVersion: 'go1.17.13' });
    expect(note(cpu, 'go-version')?.text).toMatch(/above about 2\.5 busy cores/);
  });
});

describe('heap', () => {
  test('what is in use is as of a collection, and how much of what was allocated it is', () => {
    const notes = notesOf('collect/heap-1.pb.gz');
    expect(note(notes, 'heap-moment')?.text).toMatch(/up to two collections ago/);
    expect(note(notes, 'allocated-or-in-use')?.text).toMatch(/about the size of the heap/);
  });

  test('allocations are about their price', () => {
    const notes = notesOf('profiles/allocs-escape-go1.26.8.pb.gz');
    expect(note(notes, 'heap-moment')).toBeUndefined();
    expect(note(notes, 'allocated-or-in-use')?.text).toMatch(/the price of allocating/);
  });
});

describe('what is missing', () => {
  test('few samples give wide shares', () => {
    const few = note(notesOf('collect/cpu-2.pb.gz'), 'few-samples');
    expect(few?.text.replaceAll('\u00a0', ' ')).toContain('may as well be 0 % or 30 %');
    expect(note(notesOf('reading/cpu-deep-go1.26.8.pb.gz'), 'few-samples')).toBeUndefined();
  });

  test('lost samples, and C code without stacks', () => {
    const text =
      'runtime/pprof.lostProfileEvent 10 100\nruntime._System;runtime._ExternalCode 20 200\nmain.work 70 700';
    const notes = notesOfText(text, 'cpu', CPU);
    expect(note(notes, 'lost-samples')?.text.replaceAll('\u00a0', ' ')).toMatch(/^10 % .* lost/);
    expect(note(notes, 'foreign-code')?.text.replaceAll('\u00a0', ' ')).toMatch(/^20 %/);
  });

  test('code without names', () => {
    const whole = profileFromText('main.work;libc 1 10\nmain.work 9 90', CPU);
    const { locations } = whole;
    const names = whole.functions.name;
    const isLibc = (line: number) =>
      whole.strings[names[locations.lineFunction[line] ?? 0] ?? 0] === 'libc';
    const lineStart = new Uint32Array(locations.length + 1);
    const kept: number[] = [];
    for (let location = 0; location < locations.length; location++) {
      const line = locations.lineStart[location] ?? 0;
      if (!isLibc(line)) kept.push(line);
      lineStart[location + 1] = kept.length;
    }
    const profile = {
      ...whole,
      locations: {
        ...locations,
        lineStart,
        lineFunction: Int32Array.from(kept, (line) => locations.lineFunction[line] ?? 0),
      },
    };
    const found = note(readProfile(profile, 'cpu', 1), 'unsymbolized');
    expect(found?.text.replaceAll('\u00a0', ' ')).toMatch(/^10 % of this passes through code/);
  });

  test('negative values are a difference', () => {
    const notes = notesOfText('main.a 1 30\nmain.b -1 -10', 'cpu', CPU);
    expect(notes[0]?.id).toBe('negative-values');
    expect(notes[0]?.text.replaceAll('\u00a0', ' ')).toContain('25 % of its magnitude');
  });

  test('sample types that only some merged profiles had', () => {
    const notes = notesOf('collect/heap-1.pb.gz', { leftOutTypes: ['alloc_space'], profiles: 2 });
    expect(note(notes, 'left-out-types')?.text).toMatch(/alloc_space is in some of them alone/);
  });

  test('threads that the runtime made', () => {
    const text = 'runtime.mstart;runtime.newm 3\nmain.main;main.cgo 1';
    const sampleTypes = [{ type: 'threadcreate', unit: 'count' }];
    const notes = notesOfText(text, 'threadcreate', { sampleTypes });
    expect(note(notes, 'threads-without-stack')?.evidence).toEqual(['3 of 4 threads']);
  });

  test('a label with a value for every sample', () => {
    const text = Array.from({ length: 600 }, (_, i) => `main.work 1 10 {span=s${i}}`).join('\n');
    expect(note(notesOfText(text, 'cpu', CPU), 'many-label-values')?.evidence).toEqual([
      'span: 600 values',
    ]);
  });
});
