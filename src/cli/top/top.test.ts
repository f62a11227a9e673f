/** `whygo top` without a terminal: rows, keys, pace, and whole screens as text. */
import { describe, expect, test } from 'vitest';
import { FrameBook } from '../../explain/frames.ts';
import { parseGoroutineDump } from '../../goroutines/parse.ts';
import type { Metric, MetricSnapshot } from '../../metrics/snapshot.ts';
import { plainText } from '../tui/text.ts';
import { TopModel, vitalsOf } from './model.ts';
import { Baseline, Pace } from './pace.ts';
import { countsOf, filterGroups, groupRows, sortGroups } from './rows.ts';
import { type TopStatus, topScreen } from './screen.ts';
import { BINDINGS, FIRST_VIEW, pressed, type TopView } from './view.ts';

const STATUS: TopStatus = {
  failure: '',
  cost: 0.004,
  own: 0.009,
  profilingNow: false,
  now: Date.UTC(2026, 5, 1),
};

/** One goroutine per line: `ID [STATE] own.function`, below a leaf of the runtime. */
function dump(text: string) {
  const goroutines = text
    .trim()
    .split('\n')
    .map((line) => {
      const [, id, state, fn] = /^\s*(\d+) \[(.*?)\] (\S+)$/.exec(line) ?? [];
      return `goroutine ${id} [${state}]:\n${fn}(...)\n\t/src/app/${fn}.go:7 +0x1\n`;
    });
  return parseGoroutineDump(new TextEncoder().encode(`${goroutines.join('\n')}\n`));
}

const rowsOf = (text: string, before?: ReadonlyMap<string, number>) =>
  groupRows(dump(text), new FrameBook([], []), before);

describe('goroutine groups', () => {
  const text = `
    1 [chan send, 3 minutes] main.send
    2 [chan send, 9 minutes] main.send
    3 [select] main.wait
  `;

  test('have the state and the longest wait of the dump', () => {
    expect(sortGroups(rowsOf(text), 'count', false)).toMatchObject([
      { count: 2, state: 'chan send', waitMinutes: 9, function: 'main.send', inferred: false },
      { count: 1, state: 'select', waitMinutes: 0, function: 'main.wait' },
    ]);
  });

  test('change since the first reading, which new ones do from nothing', () => {
    const before = countsOf(rowsOf('1 [select] main.wait\n2 [select] main.wait'));
    const changes = rowsOf(text, before).map((row) => [row.function, row.change]);
    expect(changes).toEqual([
      ['main.send', 2],
      ['main.wait', -1],
    ]);
    expect(rowsOf(text).every(({ change }) => change === 0)).toBe(true);
  });

  test('are filtered by any frame, file or state', () => {
    const found = (wanted: string) => filterGroups(rowsOf(text), wanted).map((row) => row.function);
    expect([found('SEND.go'), found('select'), found('nothing')]).toEqual([
      ['main.send'],
      ['main.wait'],
      [],
    ]);
  });

  test('keep their order among equals, whatever order they came in', () => {
    const again = rowsOf('7 [select] main.b\n8 [select] main.a');
    const names = sortGroups(again, 'count', false).map((row) => row.function);
    expect(names).toEqual(['main.a', 'main.b']);
  });
});

describe('vital signs', () => {
  const snapshot = (seconds: number, values: Readonly<Record<string, number>>): MetricSnapshot => ({
    timeNanos: BigInt(seconds) * 1_000_000_000n,
    source: 'agent',
    goVersion: 'go1.26.8',
    processStartNanos: 1n,
    gomaxprocs: 4,
    metrics: new Map(
      Object.entries(values).map(([name, value]): [string, Metric] => [
        name,
        { name, cumulative: /total|allocs/.test(name), value },
      ]),
    ),
  });

  test('are rates between readings, and unknown with one alone', () => {
    const first = snapshot(100, { process_cpu_seconds_total: 10, '/gc/heap/allocs:bytes': 1000 });
    const second = snapshot(102, { process_cpu_seconds_total: 13, '/gc/heap/allocs:bytes': 5000 });
    expect(vitalsOf([first])).toMatchObject({ cpuCores: undefined, gomaxprocs: 4 });
    expect(vitalsOf([first, second])).toMatchObject({ cpuCores: 1.5, allocBytesPerSecond: 2000 });
  });

  test('the share of GC is unknown while no collection has refreshed it', () => {
    const cpu = { '/cpu/classes/gc/total:cpu-seconds': 1, '/cpu/classes/total:cpu-seconds': 10 };
    expect(vitalsOf([snapshot(100, cpu), snapshot(102, cpu)]).gcCpuShare).toBeUndefined();
  });
});

describe('the budget', () => {
  test('what answers quickly comes as often as it is wanted', () => {
    const pace = new Pace(2000, 0.004, new Baseline());
    pace.answered(3);
    expect(pace.intervalMillis).toBe(2000);
  });

  test('what takes long comes seldom enough, measured beyond the way there and back', () => {
    const baseline = new Baseline();
    baseline.seen(50);
    const pace = new Pace(2000, 0.004, baseline);
    for (const millis of [90, 90, 900]) pace.answered(millis);
    expect(pace.intervalMillis).toBe(40 / 0.004);
    expect(pace.load).toBeCloseTo(0.004, 9);
  });
});

describe('keys', () => {
  const viewAfter = (...keys: readonly string[]): TopView =>
    keys.reduce((view, key) => {
      const next = pressed(view, key);
      if (next === 'quit') throw new Error('it quit');
      return next;
    }, FIRST_VIEW);

  test('quit as in htop', () => {
    for (const key of ['q', 'F10', 'ctrl-c']) expect(pressed(FIRST_VIEW, key)).toBe('quit');
  });

  test('< and > move the column that is sorted by, each table its own', () => {
    expect(viewAfter('>').groupSort).toBe('change');
    expect(viewAfter('<').groupSort).toBe('function');
    expect(viewAfter('3', '>')).toMatchObject({
      tab: 'heap',
      functionSort: 'cum',
      groupSort: 'count',
    });
  });

  test('while a filter is written, letters are its text', () => {
    expect(viewAfter('/', 'q', 'space', 'x', 'backspace', 'enter')).toMatchObject({
      filter: 'q ',
      typing: false,
    });
    expect(viewAfter('/', 'q', 'escape')).toMatchObject({ filter: '', typing: false });
  });

  test('c asks for CPU profiles and shows them; again, it ends them and stays', () => {
    expect(viewAfter('c')).toMatchObject({ profiling: true, tab: 'cpu' });
    expect(viewAfter('c', 'c')).toMatchObject({ profiling: false, tab: 'cpu' });
  });

  test('+ and - change the rhythm within bounds', () => {
    expect(viewAfter('+').everyMillis).toBe(1000);
    expect(viewAfter('+', '+', '+', '+').everyMillis).toBe(500);
    expect(viewAfter('-').everyMillis).toBe(5000);
  });

  test('escape closes the innermost thing', () => {
    const view = viewAfter('/', 'x', 'enter', 'F2', '?');
    const first = pressed(view, 'escape');
    expect(first).toMatchObject({ help: false, detail: true, filter: 'x' });
  });

  test('no key has two meanings', () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });
});

describe('the screen', () => {
  const model = new TopModel('localhost:6060');
  model.service = 'shop';
  model.addGoroutineDump(dump('1 [chan send, 3 minutes] main.send\n2 [select] main.wait'), 1n);

  const draw = (view: Partial<TopView>, columns = 80, rows = 24) =>
    topScreen(model, { ...FIRST_VIEW, ...view }, STATUS, { columns, rows });

  test.each([
    [80, 24],
    [160, 50],
    [40, 10],
    [20, 5],
  ])('of %i × %i is that large and no larger', (columns, rows) => {
    for (const view of [{}, { help: true }, { tab: 'findings' }, { tab: 'cpu' }] as const) {
      const lines = draw(view, columns, rows);
      expect(lines).toHaveLength(rows);
      for (const line of lines) {
        const width = line.reduce((sum, { text }) => sum + [...text].length, 0);
        expect(width).toBeLessThanOrEqual(columns);
      }
    }
  });

  test('shows the target, the groups, what it costs, and the keys', () => {
    const text = plainText(draw({}));
    expect(text).toContain('shop  localhost:6060');
    expect(text).toMatch(/1\s+chan send\s+3 min\s+main\.send/);
    expect(text).toContain('asking costs it about 0.4 % of a core (budget 1 %); whygo uses 0.9 %');
    expect(text).toContain('F10Quit');
  });

  test('the stack of the selected row is below the table', () => {
    expect(plainText(draw({ detail: true }))).toContain('main.send  /src/app/main.send.go:7');
  });

  test('a table that was not asked for says how to get it', () => {
    expect(plainText(draw({ tab: 'cpu' }))).toContain('F5 or c profiles the CPU');
  });
});
