/**
 * The golden cases of google/pprof's own tests, read from the Go module cache: nothing of them is kept here.
 *
 * Command lines are read from its TestParse. The profiles that it makes in code are written by a copy of
 * the module with golden/*.go beside its tests, once for each version, into .cache.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { timeFormats } from '../../../src/cli/pprof/gotime.ts';
import { decodeLegacy } from '../../../src/formats/legacy.ts';
import { decodePprof } from '../../../src/formats/pprof.ts';
import { printDot } from '../../../src/report/pprof/dot.ts';
import type { ReportOptions } from '../../../src/report/pprof/options.ts';
import { printRaw } from '../../../src/report/pprof/raw.ts';
import { computeTotal, type Report } from '../../../src/report/pprof/report.ts';
import { runOurs } from './compare.ts';

const root = join(import.meta.dirname, '../../..');

export interface GoldenCase {
  readonly group: string;
  readonly name: string;
  /** What we print. */
  readonly ours: () => Promise<string>;
  readonly golden: string;
  /** Why no command line reaches it. */
  readonly unreachable?: string;
}

/** Writes the profiles of the driver's and the report's cases; gives their folder. */
export function dumpProfiles(module: string): string {
  const folder = join(root, '.cache/pprof-golden', basename(module));
  const profiles = join(folder, 'profiles');
  if (existsSync(join(profiles, 'report.proto'))) return profiles;
  const copy = join(folder, 'module');
  cpSync(module, copy, { recursive: true, mode: 0 });
  spawnSync('chmod', ['-R', 'u+w', copy]);
  for (const name of ['driver', 'report']) {
    cpSync(
      join(import.meta.dirname, 'golden', name, 'dump_test.go'),
      join(copy, 'internal', name, 'whygo_dump_test.go'),
    );
  }
  mkdirSync(profiles, { recursive: true });
  const packages = ['./internal/driver', './internal/report'];
  const run = spawnSync(
    'go',
    ['test', '-tags=goldens', '-run=^TestDumpProfiles$', '-count=1', ...packages],
    { cwd: copy, encoding: 'utf8', env: { ...process.env, WHYGO_GOLDEN: profiles, GOFLAGS: '' } },
  );
  if (run.status !== 0) throw new Error(`go test failed: ${run.stdout}${run.stderr}`);
  return profiles;
}

/** What TestParse sets before the flags of a case. */
const BASE_FLAGS = [
  '-trim',
  '-compact_labels',
  '-nodecount=20',
  '-nodefraction=0.05',
  '-edgefraction=0.01',
  '-divide_by=1',
  '-unit=minimum',
  '-symbolize=none',
];

export function driverCases(module: string, profiles: string): GoldenCase[] {
  const source = readFileSync(join(module, 'internal/driver/driver_test.go'), 'utf8');
  const table = /func TestParse\([\s\S]*?\}\{\n([\s\S]*?)\n\t\}\n/.exec(source)?.[1] ?? '';
  return [...table.matchAll(/\{"([^"]*)", "([^"]*)"\}/g)].map(([, flags = '', from = '']) => {
    const list = flags.split(',');
    const [first = ''] = list;
    const isTop = first === 'topproto';
    const given = isTop ? ['text', ...list.slice(1)] : list;
    const needsBinary = /^(disasm|weblist)=/.test(first);
    return {
      group: 'driver',
      name: `${flags} ${from}`,
      ours: () =>
        printed([
          ...BASE_FLAGS,
          ...given.map((flag) => `-${flag}`),
          join(profiles, `${from}.${isTop ? 'topproto' : 'proto'}`),
        ]),
      golden: join(module, 'internal/driver/testdata', goldenName(from, list)),
      ...(needsBinary ? { unreachable: 'its binary is a stand-in within the test' } : {}),
    };
  });
}

/** The parts of a golden file's name, each with the flags of which the first that is given names it. */
const NAME_PARTS = [
  ['flat', 'cum'],
  ['functions', 'filefunctions', 'files', 'lines', 'addresses'],
  ['noinlines'],
  ['inuse_space', 'inuse_objects', 'alloc_space', 'alloc_objects'],
  ['relative_percentages'],
  ['seconds'],
  ['call_tree'],
  [
    'text',
    'tree',
    'callgrind',
    'dot',
    'svg',
    'tags',
    'traces',
    'disasm',
    'peek',
    'weblist',
    'topproto',
    'comments',
  ],
  ['all_frames'],
];

function goldenName(source: string, flags: readonly string[]): string {
  const values = new Map(flags.map((flag) => [flag.split('=')[0] ?? '', flag.split('=')[1] ?? '']));
  const has = (name: string) => values.has(name);
  const parts = NAME_PARTS.flatMap((names) => names.filter(has).slice(0, 1));
  if (has('focus') || has('tagfocus')) parts.push('focus');
  if (has('ignore') || has('tagignore')) parts.push('ignore');
  if (has('show_from')) parts.push('show_from');
  parts.push(...['hide', 'show'].filter(has).slice(0, 1));
  if (has('unit') && values.get('unit') !== 'minimum') parts.push('unit');
  return ['pprof', source, ...parts].join('.');
}

async function printed(args: readonly string[]): Promise<string> {
  return (await runOurs(args)).stdout.toString();
}

/** Profiles of the formats from before profile.proto, and what pprof reads out of them. */
export function legacyCases(module: string): GoldenCase[] {
  const source = readFileSync(join(module, 'profile/profile_test.go'), 'utf8');
  const table = /func TestParse\([\s\S]*?\[\]string\{\n([\s\S]*?)\n\t\}/.exec(source)?.[1] ?? '';
  return [...table.matchAll(/"([^"]+)"/g)].map(([, name = '']) => {
    const path = join(module, 'profile/testdata', name);
    const ours = async () => {
      const profile = decodeLegacy(readFileSync(path));
      if (profile === undefined) throw new Error(`${name} is not recognized`);
      let text = '';
      const { long } = timeFormats('UTC');
      printRaw(profile, EVERYTHING, { time: long }, (piece) => {
        text += piece;
      });
      return text;
    };
    return { group: 'legacy profiles', name, ours, golden: `${path}.string` };
  });
}

const EVERYTHING = {
  inlines: true,
  functions: true,
  filenames: true,
  lines: true,
  columns: true,
  addresses: true,
};

export function reportCases(module: string, profiles: string): GoldenCase[] {
  const profile = join(profiles, 'report.proto');
  const testdata = join(module, 'internal/report/testdata');
  const list = [
    '-symbolize=none',
    '-sample_index=1',
    '-trim_path=/some/path',
    `-source_path=${join(module, 'internal/report')}`,
    '-list=.',
    profile,
  ];
  return [
    {
      group: 'report',
      name: 'source.rpt',
      ours: () => printed(list),
      golden: join(testdata, 'source.rpt'),
    },
    {
      group: 'report',
      name: 'source.dot',
      ours: async () => printDot(bareReport(gunzipSync(readFileSync(profile)))),
      golden: join(testdata, 'source.dot'),
    },
  ];
}

/** The report of TestSource: fewer options than any command line gives. */
function bareReport(bytes: Uint8Array): Report {
  const profile = decodePprof(bytes);
  const options: ReportOptions = {
    format: 'dot',
    detail: EVERYTHING,
    cumSort: false,
    callTree: true,
    dropNegative: false,
    compactLabels: false,
    ratio: 1,
    title: '',
    activeFilters: [],
    numLabelUnits: new Map(),
    nodeCount: 0,
    nodeFraction: 0,
    edgeFraction: 0,
    sampleIndex: 1,
    mean: false,
    sampleType: '',
    sampleUnit: profile.sampleTypes[1]?.unit ?? '',
    outputUnit: '',
    symbol: undefined,
    sourcePath: '',
    trimPath: '/some/path',
  };
  const total = computeTotal(profile, options);
  return { profile, options, total, formatTime: timeFormats('UTC').short, outputUnit: '' };
}
