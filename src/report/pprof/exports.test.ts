import { describe, expect, test } from 'vitest';
import { profileFromText } from '../../profile/fromtext.ts';
import type { Profile } from '../../profile/profile.ts';
import { type ReportSettings, reportOf } from './filtered.ts';
import { printFlameSvg } from './flamesvg.ts';
import { printFolded as writeFolded } from './folded.ts';
import type { ReportFormat } from './options.ts';
import type { Report } from './report.ts';
import { printCsv, printJson } from './toptable.ts';

const SETTINGS: ReportSettings = {
  call_tree: false,
  relative_percentages: false,
  unit: 'minimum',
  compact_labels: false,
  source_path: '',
  trim_path: '',
  mean: false,
  sample_index: '',
  divide_by: 1,
  sort: 'flat',
  tagroot: '',
  tagleaf: '',
  drop_negative: false,
  nodecount: -1,
  nodefraction: 0,
  edgefraction: 0,
  trim: true,
  focus: '',
  ignore: '',
  prune_from: '',
  hide: '',
  show: '',
  show_from: '',
  tagfocus: '',
  tagignore: '',
  tagshow: '',
  taghide: '',
  noinlines: false,
  showcolumns: false,
  granularity: '',
};

function report(
  profile: Profile,
  format: ReportFormat,
  given: Partial<ReportSettings> = {},
): Report {
  const request = { command: format, format, parameter: undefined };
  const surroundings = { formatTime: String, message: () => undefined };
  return reportOf(profile, request, { ...SETTINGS, ...given }, surroundings);
}

function printFolded(of: Report): string {
  let text = '';
  writeFolded(of, (piece) => {
    text += piece;
  });
  return text;
}

const cpu = profileFromText(
  `
  main.main@main.go:3;main.serve@main.go:10;main.parse@parse.go:7^  70 {user=a}
  main.main@main.go:3;main.serve@main.go:11                         20 {user=b}
  main.main@main.go:4                                               10
  `,
  { sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }] },
);

describe('folded stacks', () => {
  test('have one line for each stack, sorted', () => {
    expect(printFolded(report(cpu, 'folded'))).toBe(
      'main.main 10\nmain.main;main.serve 20\nmain.main;main.serve;main.parse 70\n',
    );
  });

  test('take filters, label frames, granularity and divisors', () => {
    const folded = (given: Partial<ReportSettings>) => printFolded(report(cpu, 'folded', given));
    expect(folded({ focus: 'parse' })).toBe('main.main;main.serve;main.parse 70\n');
    expect(folded({ tagroot: 'user', focus: 'serve', hide: 'main.main' })).toBe(
      'a;main.serve;main.parse 70\nb;main.serve 20\n',
    );
    expect(folded({ granularity: 'files' })).toContain('main.go;main.go;parse.go 70\n');
    expect(folded({ granularity: 'lines', focus: 'parse' })).toBe(
      'main.main main.go:3;main.serve main.go:10;main.parse parse.go:7 70\n',
    );
    expect(folded({ noinlines: true, divide_by: 10 })).toBe(
      'main.main 1\nmain.main;main.serve 9\n',
    );
  });

  test('of a comparison have a value for before and one for after', () => {
    const both = profileFromText(`
      main.a     30
      main.b      5
      main.a    -20 {pprof::base=true}
    `);
    expect(printFolded(report(both, 'folded'))).toBe('main.a 20 30\nmain.b 0 5\n');
  });

  test('keep what separates them out of names', () => {
    const odd = profileFromText('a 1').strings.map((text) => (text === 'a' ? 'x;y\nz' : text));
    expect(printFolded(report({ ...profileFromText('a 1'), strings: odd }, 'folded'))).toBe(
      'x:y z 1\n',
    );
  });
});

describe('the table of top', () => {
  test('as CSV has a header with type and unit, and quotes what needs it', () => {
    const odd = profileFromText('f(a,"b") 5', { sampleTypes: [{ type: 'space', unit: 'bytes' }] });
    expect(printCsv(report(odd, 'csv'))).toBe(
      [
        'name,function,file,line,address,inlined,flat (space bytes),flatPercent,cum (space bytes),cumPercent',
        '"f(a,""b"")","f(a,""b"")",,0,,no,5,100,5,100',
        '',
      ].join('\n'),
    );
  });

  test('as JSON has the rows of top in its order', () => {
    const table: unknown = JSON.parse(printJson(report(cpu, 'json', { nodecount: 2 })));
    expect(table).toMatchObject({
      schema: 'whygo.pprof.top/1',
      type: 'cpu',
      unit: 'nanoseconds',
      time: null,
      total: 100,
      nodes: 3,
      rows: [
        { name: 'main.parse', inlined: 'yes', flat: 70, flatPercent: 70, cum: 70 },
        { name: 'main.serve', inlined: 'no', flat: 20, flatPercent: 20, cum: 90, cumPercent: 90 },
      ],
    });
  });
});

describe('the flame graph', () => {
  const frames = (svg: string) =>
    Array.from(
      svg.matchAll(
        /<title>([^\n<]*)\n([^\n<]*)[^<]*<\/title><rect class="([\w-]+)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g,
      ),
      ([, name, values, fill, x, width]) => ({
        name,
        values,
        fill,
        x: Number(x),
        width: Number(width),
      }),
    );

  test('is as wide as values are, children below their callers', () => {
    expect(frames(printFlameSvg(report(cpu, 'flamegraph')))).toEqual([
      { name: 'all', values: '100ns, 100%', fill: 'root', x: 12, width: 1176 },
      { name: 'main.main', values: '100ns, 100%', fill: 'own', x: 12, width: 1176 },
      { name: 'main.serve', values: '90ns, 90.00%', fill: 'own', x: 12, width: 1058.4 },
      { name: 'main.parse', values: '70ns, 70.00% (inline)', fill: 'own', x: 12, width: 823.2 },
    ]);
  });

  test('of a comparison is as wide as both sides, and coloured by the change', () => {
    const both = profileFromText(`
      main.grown    30
      main.grown   -10 {pprof::base=true}
      main.gone    -40 {pprof::base=true}
    `);
    expect(frames(printFlameSvg(report(both, 'flamegraph')))).toMatchObject([
      { name: 'all', values: '50 before, 30 after, -20', width: 1176 },
      { name: 'main.gone', values: '40 before, 0 after, -40', fill: 'less-strong', width: 588 },
      { name: 'main.grown', values: '10 before, 30 after, +20', fill: 'more-strong', width: 588 },
    ]);
  });

  test('is well-formed whatever names hold', () => {
    const odd = profileFromText('a 1');
    const strings = odd.strings.map((text) => (text === 'a' ? '<&">\u0001' : text));
    const svg = printFlameSvg(report({ ...odd, strings }, 'flamegraph'));
    expect(svg).toContain('<title>&lt;&amp;&quot;&gt;\ufffd\n');
  });
});
