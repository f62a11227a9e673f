import { describe, expect, test } from 'vitest';
import type { ObjectCode, ObjectInstruction } from '../../binary/objectfile.ts';
import { profileFromText } from '../../profile/fromtext.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';
import { annotateSource } from './annotate.ts';
import { listAssembly, printAssembly } from './assembly.ts';
import { type ReportSettings, reportOf } from './filtered.ts';
import type { Report } from './report.ts';
import type { ReadSource } from './sourcemodel.ts';
import { printWebList } from './weblist.ts';

/** A program of one function, main.work, loaded 0x1000 above where it was linked. */
const CODE: readonly ObjectInstruction[] = [
  { address: 0x100, text: 'PUSHQ BP', file: '/src/main.go', line: 3 },
  { address: 0x102, text: 'ADDQ CX, AX', file: '/src/main.go', line: 4 },
  { address: 0x105, text: 'IMULQ BX, AX', file: '/src/square.go', line: 9 },
  { address: 0x109, text: 'RET', file: '/src/main.go', line: 5 },
];
const END = 0x10b;

const program: ObjectCode = {
  name: '/bin/work',
  architecture: 'amd64',
  addressInFile: (address) => address - 0x1000n,
  framesAt(address) {
    const at = Number(address - 0x1000n);
    const found = CODE.findLast((instruction) => instruction.address <= at);
    if (found === undefined || at >= END) return [];
    const own = { address: at, name: 'main.work', startLine: 3, file: '/src/main.go', line: 4 };
    if (found.file === '/src/main.go') return [{ ...own, line: found.line }];
    return [{ ...own, name: 'main.square', file: found.file, line: found.line }, own];
  },
  symbols: (matches) =>
    matches('main.work') ? [{ name: 'main.work', start: 0x100, end: END }] : [],
  instructions: (start, end) =>
    CODE.filter(({ address }) => address >= Number(start) && address < Number(end)),
};

const mapping: Mapping = {
  id: 1n,
  start: 0x1000n,
  limit: 0x3000n,
  offset: 0n,
  file: '/bin/work',
  buildId: '',
  hasFunctions: true,
  hasFilenames: true,
  hasLineNumbers: true,
  hasInlineFrames: true,
};

/** Two samples in the middle of instructions, one of them in inlined code. */
function sampled(): Profile {
  const profile = profileFromText(`
    main.main@/src/main.go:20;main.work@/src/main.go:4 30
    main.main@/src/main.go:20;main.work@/src/main.go:4;main.square@/src/square.go:9^ 50
  `);
  const { locations, strings, functions } = profile;
  const leafAddress = new Map([
    ['main.main', 0x2000n],
    ['main.work', 0x1103n],
    ['main.square', 0x1106n],
  ]);
  const address = locations.address.map((_, location) => {
    const line = locations.lineStart[location] ?? 0;
    const name = functions.name[locations.lineFunction[line] ?? 0] ?? 0;
    return leafAddress.get(strings[name] ?? '') ?? 0n;
  });
  const columns = { ...locations, address, mapping: new Int32Array(locations.length) };
  return { ...profile, mappings: [mapping], locations: columns };
}

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
  nodefraction: 0.005,
  edgefraction: 0.001,
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

function report(command: 'disasm' | 'weblist', parameter: string): Report {
  const surroundings = { formatTime: () => '', message: () => undefined };
  return reportOf(sampled(), { command, format: command, parameter }, SETTINGS, surroundings);
}

const open = () => program;
const gone = () => ({ error: 'open /bin/work: no such file or directory' });
const readSource: ReadSource = (path) => ({
  lines: Array.from({ length: 12 }, (_, i) => `\tline ${i + 1} of ${path}`),
});

describe('the instructions of a symbol', () => {
  test('have the samples of all their bytes, and the line where they changed', () => {
    const listing = report('disasm', 'work');
    const printed = printAssembly(listing, listAssembly(listing, open));
    expect('text' in printed ? printed.text.split('\n') : printed).toEqual([
      'Total: 80',
      'ROUTINE ======================== main.work',
      '        80         80 (flat, cum)   100% of Total',
      `         .          .        100: ${'PUSHQ BP'.padEnd(40)};main.go:3`,
      `        30         30        102: ${'ADDQ CX, AX'.padEnd(40)};main.work main.go:4`,
      `        50         50        105: ${'IMULQ BX, AX'.padEnd(40)};main.work square.go:9`,
      `         .          .        109: ${'RET'.padEnd(40)};main.go:5`,
      '',
    ]);
  });

  test('are found by an address that has samples, and told of when it has none', () => {
    const [routine] = listAssembly(report('disasm', '0x1103'), open).routines;
    expect(routine).toBeUndefined();
    const listing = report('disasm', '0x1103');
    expect(printAssembly(listing, listAssembly(listing, open))).toEqual({
      failure: 'no matches found for address 0x1103',
    });
  });

  test('cannot be had without the binary, which is told', () => {
    const listing = listAssembly(report('disasm', 'work'), gone);
    expect(listing).toMatchObject({
      routines: [],
      problems: ['open /bin/work: no such file or directory'],
    });
  });
});

describe('annotated source', () => {
  const source = () => annotateSource(report('weblist', 'main'), { open, readSource });

  test('counts inlined code to the line of the call, but not as its own, as `list` does', () => {
    const files = source()?.files ?? [];
    expect(files.map(({ file, flat, cum }) => ({ file, flat, cum }))).toEqual([
      { file: '/src/main.go', flat: 30, cum: 80 },
      { file: '/src/square.go', flat: 50, cum: 50 },
    ]);
    const line = files[0]?.functions[0]?.lines.find((one) => one.line === 4);
    expect(line).toMatchObject({ flat: 30, cum: 80, kind: 'livesrc' });
  });

  test("counts it as the line's own where pprof does", () => {
    const listing = report('weblist', 'main');
    const [file] = annotateSource(listing, { open, readSource, asPprof: true })?.files ?? [];
    const line = file?.functions[0]?.lines.find((one) => one.line === 4);
    expect(line).toMatchObject({ flat: 80, cum: 80 });
  });

  test('shows every instruction once under a line, with the calls that lead to it', () => {
    const lines = source()?.files[0]?.functions[0]?.lines ?? [];
    const rows = lines.flatMap(({ line, instructions }) =>
      instructions.map(({ text, flat, startsBlock, inlinedCalls }) => ({
        line,
        text,
        flat,
        startsBlock,
        calls: inlinedCalls.map((call) => `${call.file}:${call.line}`),
      })),
    );
    expect(rows).toEqual([
      { line: 3, text: 'PUSHQ BP', flat: 0, startsBlock: true, calls: [] },
      { line: 4, text: 'ADDQ CX, AX', flat: 30, startsBlock: true, calls: [] },
      { line: 4, text: 'IMULQ BX, AX', flat: 50, startsBlock: false, calls: ['/src/square.go:9'] },
      { line: 5, text: 'RET', flat: 0, startsBlock: true, calls: [] },
    ]);
  });

  test('has no machine code without the binary, but the lines and their values', () => {
    const annotated = annotateSource(report('weblist', 'main'), { open: gone, readSource });
    const lines = annotated?.files[0]?.functions.flatMap((one) => one.lines) ?? [];
    const sampledLines = lines.filter(({ cum }) => cum > 0);
    expect(sampledLines.map(({ line, kind, flat }) => ({ line, kind, flat }))).toEqual([
      { line: 4, kind: 'livesrc', flat: 30 },
      { line: 20, kind: 'deadsrc', flat: 0 },
    ]);
  });

  test('is nothing when nothing matches', () => {
    expect(annotateSource(report('weblist', 'nothing'), { open, readSource })).toBeUndefined();
  });

  test('is a page of its own, with all text escaped', () => {
    const listing = report('weblist', 'main.work');
    const annotated = annotateSource(listing, {
      open,
      readSource: () => ({ lines: Array.from({ length: 9 }, () => 'if a < b && c == "+" {') }),
    });
    if (annotated === undefined) expect.fail('there is no source');
    const page = printWebList(listing, annotated);
    expect(page).toContain('<title>work samples</title>');
    expect(page).toContain('if a &lt; b &amp;&amp; c == &#34;&#43;&#34; {');
    expect(page).not.toContain('if a < b');
  });
});
