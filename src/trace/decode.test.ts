import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wireForm } from '../../test/conformance/trace/wireform.ts';
import { DecodeError } from '../base/errors.ts';
import { checkTrace, decodeTrace } from './decode.ts';
import { eventName } from './eventtype.ts';
import { bytesSource } from './source.ts';
import { RangeKind, type Trace } from './trace.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/trace');
const recorded = (name: string) => readFileSync(join(fixtures, `${name}.trace`));
const decode = (bytes: Uint8Array) => decodeTrace(bytesSource(bytes), { keepEvents: true });
const check = (bytes: Uint8Array) => checkTrace(bytesSource(bytes));

/** A trace of one generation: thread 0 runs goroutine 1 on proc 0, then what `events` say. */
function oneThread(events: string, goroutine = '1'): Uint8Array {
  const head = [
    'ProcStatus dt=1 p=0 pstatus=1',
    `GoStatus dt=1 g=${goroutine} m=0 gstatus=2`,
    events,
  ].join('\n');
  const batch = (thread: string, text: string) =>
    `EventBatch gen=1 m=${thread} time=1 size=${wireForm(text).length}\n${text}\n`;
  const none = '18446744073709551615';
  return wireForm(
    [
      'Trace Go1.22',
      batch('0', head),
      batch(none, 'Frequency freq=15625000'),
      batch(none, 'Strings\nString id=1\ndata="outer"\nString id=2\ndata="in"'),
    ].join('\n'),
  );
}

function kinds(trace: Trace): string[] {
  return Array.from(trace.events?.kind ?? [], eventName);
}

describe('a recording', () => {
  const trace = decode(recorded('go1.26'));

  test('has its generations, each with its clocks', () => {
    expect(trace.version).toBe(26);
    expect(trace.generations.length).toBeGreaterThan(2);
    for (const { clock, isWhole, start } of trace.generations) {
      expect(isWhole).toBe(true);
      expect(clock?.wall).toBeGreaterThan(1_700_000_000_000_000_000n);
      expect(Math.abs((clock?.time ?? 0) - start)).toBeLessThan(1e6);
    }
    const counted = trace.generations.reduce((sum, { eventCount }) => sum + eventCount, 0);
    expect(trace.eventCount).toBe(counted + 1);
    expect(trace.notes).toEqual([]);
  });

  test('has times from 0 on that rise with every event', () => {
    const time = trace.events?.time ?? new Float64Array();
    expect(time[0]).toBe(0);
    for (let i = 1; i < time.length; i++) expect(time[i]).toBeGreaterThan(time[i - 1]);
    expect(time.at(-1)).toBe(trace.duration);
  });

  test('takes 29 bytes an event when all are kept', () => {
    const { events } = trace;
    if (events === undefined) throw new Error('events were asked for');
    const { time, kind, goroutine, proc, thread, stack, a, b } = events;
    const columns = [time, kind, goroutine, proc, thread, stack, a, b];
    const bytes = columns.reduce((sum, column) => sum + column.byteLength, 0);
    expect(bytes / events.length).toBe(29);
  });

  test('has tasks with their parents, and regions within regions', () => {
    const { tasks, regions, strings } = trace;
    const named = (name: string) =>
      Array.from(tasks.name.keys()).filter((task) => strings[tasks.name[task]] === name);
    const [child] = named('job 0.child');
    expect(strings[tasks.name[tasks.parent[child]]]).toBe('job 0');
    expect(tasks.start[child]).toBeGreaterThan(tasks.start[tasks.parent[child]]);
    const inner = Array.from(regions.name).findIndex((name) => strings[name] === 'inner');
    expect(strings[regions.name[regions.parent[inner]]]).toBe('outer');
    expect(regions.end[inner]).toBeLessThanOrEqual(regions.end[regions.parent[inner]]);
    const background = Array.from(regions.name).findIndex((name) => strings[name] === 'background');
    expect(regions.task[background]).toBe(-1);
  });

  test('has logs, labels, CPU samples and counters', () => {
    const { logs, labels, samples, strings } = trace;
    expect(strings[logs.message[0]]).toBe('job 0 begins: ünïcode, 5 bytes');
    expect(strings[logs.category[0]]).toBe('progress');
    expect(Array.from(labels.label, (label) => strings[label])).toContain('GC (dedicated)');
    expect(samples.length).toBeGreaterThan(2);
    expect(Array.from(trace.gomaxprocs.value)).toEqual(expect.arrayContaining([2, 4]));
    expect(Math.max(...trace.heapAlloc.value)).toBeGreaterThan(1 << 20);
    expect(trace.heapGoal.length).toBeGreaterThan(2);
  });

  test('has ranges of every kind, with reasons and sizes', () => {
    const { ranges, strings } = trace;
    const rows = Array.from({ length: ranges.length }, (_, i) => i);
    const of = (kind: number) => rows.filter((i) => ranges.kind[i] === kind);
    const reasons = of(RangeKind.stopTheWorld).map((i) => strings[ranges.reason[i]]);
    expect(reasons).toEqual(expect.arrayContaining(['GOMAXPROCS', 'GC mark termination']));
    for (const i of of(RangeKind.mark)) expect(ranges.end[i] > ranges.start[i]).toBe(true);
    const swept = of(RangeKind.sweep).reduce((sum, i) => sum + ranges.swept[i], 0);
    expect(swept).toBeGreaterThan(1 << 20);
  });

  test('names goroutines by where they start, or by the first stack seen', () => {
    const { goroutines, stacks, frames, strings } = trace;
    const roots = Array.from(goroutines.firstStack, (stack) => {
      const end = stacks.start[stack + 1];
      return end > stacks.start[stack] ? strings[frames.func[stacks.frames[end - 1]]] : '';
    });
    expect(roots).toEqual(
      expect.arrayContaining(['main.main', 'main.contend.func1', 'runtime.bgsweep']),
    );
  });
});

describe('damage', () => {
  const whole = decode(recorded('go1.26'));
  const [first, second, third] = whole.generations;

  test('costs its own generation only, and is noted', () => {
    const bytes = Uint8Array.from(recorded('go1.26'));
    bytes.fill(0xee, second.offset + 3000, second.offset + 3064);
    const verdict = check(bytes);
    expect(verdict).toMatchObject({ isAccepted: false, generation: 2 });
    const trace = decode(bytes);
    expect(trace.generations.map(({ number, isWhole }) => [number, isWhole])).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [4, true],
    ]);
    expect(trace.generations[2].eventCount).toBe(third.eventCount);
    expect(trace.notes.length).toBeGreaterThan(0);
    expect(trace.notes.every(({ generation }) => generation === 2)).toBe(true);
    const lost = whole.eventCount - trace.eventCount;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(second.eventCount);
    const lostBytes = trace.notes.reduce((sum, note) => sum + note.lostBytes, 0);
    expect(lostBytes / lost).toBeGreaterThan(2);
    expect(lostBytes / lost).toBeLessThan(8);
  });

  test('within the framing is stepped over to the next batch', () => {
    const bytes = Uint8Array.from(recorded('go1.26'));
    bytes.fill(0xee, second.offset, second.offset + 2);
    const trace = decode(bytes);
    expect(trace.generations.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(trace.notes[0]).toMatchObject({ kind: 'damaged', offset: second.offset });
    expect(trace.generations[2].eventCount).toBe(third.eventCount);
  });

  test('at the end leaves what came before: a killed process', () => {
    const cut = Math.floor((second.offset + second.end) / 2);
    const trace = decode(recorded('go1.26').subarray(0, cut));
    expect(trace.generations[0].eventCount).toBe(first.eventCount);
    expect(trace.generations[1]).toMatchObject({ number: 2, isWhole: false });
    expect(trace.notes.map(({ kind }) => kind)).toContain('truncated');
    expect(check(recorded('go1.26').subarray(0, cut))).toMatchObject({ isAccepted: false });
  });

  test('of everything is an error', () => {
    expect(() => decode(new Uint8Array(100))).toThrow(DecodeError);
    expect(() => decode(recorded('go1.26').subarray(0, 16))).toThrow(DecodeError);
    expect(() => decode(wireForm('Trace Go1.24'))).toThrow(/unsupported trace version go 1.24/);
  });
});

test('a flight recorder’s snapshot begins late, which is noted and no damage', () => {
  const trace = decode(recorded('flight-go1.26'));
  expect(trace.generations[0].number).toBe(5);
  expect(trace.notes.map(({ kind }) => kind)).toEqual(['starts-late']);
  expect(check(recorded('flight-go1.26'))).toEqual({ isAccepted: true });
});

test('experiments are counted', () => {
  const { experiments } = decode(recorded('allocfree-go1.26'));
  expect(experiments).toEqual([
    { name: 'AllocFree', events: expect.any(Number), batches: 2, bytes: expect.any(Number) },
  ]);
  expect(experiments[0].events).toBeGreaterThan(500);
});

describe('annotations that a program misuses', () => {
  const misnested = oneThread(`
    UserRegionBegin dt=1 task=0 name_string=1 stack=0
    UserRegionBegin dt=1 task=0 name_string=2 stack=0
    UserRegionEnd dt=1 task=0 name_string=1 stack=0
    UserRegionEnd dt=1 task=0 name_string=2 stack=0
  `);

  test('make Go’s reader refuse the trace, and are told in its words', () => {
    expect(check(misnested)).toMatchObject({
      isAccepted: false,
      generation: 1,
      reason:
        'misuse of region in goroutine 1: region end {0 outer} when the inner-most active ' +
        'region start event is {0 in}',
    });
  });

  test('are only noted otherwise, and the regions end where they do', () => {
    const { regions, notes } = decode(misnested);
    expect(notes.map(({ kind }) => kind)).toEqual(['annotation']);
    expect(Array.from(regions.end)).toEqual(Array.from(regions.end).toSorted((x, y) => x - y));
    expect(regions.length).toBe(2);
    expect(Array.from(regions.end).some(Number.isNaN)).toBe(false);
  });

  test('such as a task id that begins twice', () => {
    const twice = 'UserTaskBegin dt=1 task=5 parent_task=0 name_string=1 stack=0\n';
    expect(check(oneThread(twice + twice))).toMatchObject({ reason: 'task ID conflict: 5' });
    const { tasks, notes } = decode(oneThread(twice + twice));
    expect(notes[0].reason).toBe('task ID conflict: 5');
    expect(Array.from(tasks.id)).toEqual([5n, 5n]);
  });
});

describe('numbers of 64 bits', () => {
  const large = 2n ** 62n + 12_345n;

  test('survive as goroutine ids and task ids', () => {
    const trace = decode(
      oneThread(
        `UserTaskBegin dt=1 task=${2n ** 63n + 1n} parent_task=${large} name_string=1 stack=0`,
        String(large),
      ),
    );
    expect(trace.goroutines.id[0]).toBe(large);
    expect(trace.tasks.id[trace.tasks.parent.findIndex((parent) => parent >= 0)]).toBe(
      2n ** 63n + 1n,
    );
    expect(Array.from(trace.tasks.id)).toContain(large);
  });

  test('survive as heap sizes in events', () => {
    const { events } = decode(oneThread(`HeapAlloc dt=1 heapalloc_value=${large}`));
    const at = Array.from(events?.kind ?? []).indexOf(37);
    const low = BigInt((events?.a[at] ?? 0) >>> 0);
    const high = BigInt((events?.b[at] ?? 0) >>> 0);
    expect((high << 32n) | low).toBe(large);
  });
});

test('a coroutine switch is three events', () => {
  const trace = decode(
    oneThread(`
      GoCreateBlocked dt=1 new_g=2 new_stack=0 stack=0
      GoSwitch dt=1 g=2 g_seq=1
    `),
  );
  expect(kinds(trace)).toEqual([
    'Sync',
    'ProcStatus',
    'GoStatus',
    'GoCreateBlocked',
    'GoSwitch',
    'GoBlock',
    'GoStart',
    'Sync',
  ]);
});
