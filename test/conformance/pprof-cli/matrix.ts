/** The command lines and the profiles of the differential suite. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const fixtures = join(import.meta.dirname, '../../fixtures');

/** Command lines by group; the profile is put last. */
export const COMMANDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  top: [
    ['-top'],
    ['--top', '-cum'],
    ['-text', '-nodecount=5'],
    ['-top', '-nodecount', '15', '-cum', '-unit=auto'],
    ['-top', '-nodefraction=0.05', '-edgefraction', '0.01'],
    ['-top', '-trim=false'],
    ['-top', '-compact_labels'],
    ['-top', '-unit=ms'],
    ['-top', '-unit=MB', '-divide_by=3'],
    ['-top', '-sample_index=0'],
    ['-top', '-sample_index=1', '-mean'],
    ['-top', '-drop_negative'],
  ],
  granularity: [
    ['-top', '-lines'],
    ['-top', '-filefunctions', '-cum'],
    ['-top', '-files'],
    ['-top', '-addresses'],
    ['-top', '-noinlines'],
    ['-top', '-lines', '-noinlines', '-nodecount=20'],
    ['-top', '-addresses', '-noinlines'],
    ['-top', '-lines', '-showcolumns'],
    ['-top', '-lines', '-trim_path=/usr/local/go'],
    ['-top', '-filefunctions', '-source_path=/x/src'],
  ],
  filters: [
    ['-top', '-focus=runtime'],
    ['-top', '-ignore=runtime\\.'],
    ['-top', '-hide=^runtime\\.'],
    ['-top', '-show=main|runtime'],
    ['-top', '-show_from=main'],
    ['-top', '-prune_from=runtime\\.(mallocgc|gopark)'],
    ['-top', '-focus=(?i)MAIN\\.', '-relative_percentages'],
    ['-top', '-focus=\\pL+\\.\\w+$', '-ignore=[[:digit:]]'],
    ['-top', '-focus=nothing_matches_this'],
    ['-top', '-focus=go', '-hide=\\.go$', '-cum'],
  ],
  tags: [
    ['-tags'],
    ['-tags', '-unit=kb'],
    ['-top', '-tagfocus=1kb:'],
    ['-top', '-tagignore=bytes=:64'],
    ['-top', '-tagfocus=.'],
    ['-top', '-tagroot=bytes'],
    ['-top', '-tagleaf=bytes', '-unit=auto'],
    ['-traces', '-tagshow=b'],
    ['-tags', '-taghide=bytes'],
  ],
  tree: [
    ['-tree'],
    ['-tree', '-nodecount=10', '-cum'],
    ['-tree', '-noinlines', '-focus=runtime'],
    ['-peek=runtime'],
    ['-peek', 'main\\.'],
    ['-tree', '-lines', '-nodecount=12'],
    ['-tree', '-filefunctions'],
  ],
  dot: [
    ['-dot'],
    ['-dot', '-nodecount=10'],
    ['-dot', '-lines', '-nodecount=15'],
    ['-dot', '-call_tree', '-nodecount=20'],
    ['-dot', '-files'],
    ['-dot', '-focus=runtime', '-unit=auto'],
    ['-dot', '-addresses', '-nodecount=30'],
    ['-dot', '-trim=false', '-nodefraction=0'],
  ],
  whole: [
    ['-raw'],
    ['-raw', '-noinlines'],
    ['-traces'],
    ['-traces', '-lines'],
    ['-comments'],
    ['-comments', '-add_comment=one more'],
    ['-proto'],
    ['-proto', '-focus=runtime', '-divide_by=2'],
    ['-proto', '-noinlines'],
    ['-topproto'],
    ['-topproto', '-lines', '-nodecount=10'],
    ['-callgrind'],
    ['-callgrind', '-call_tree', '-focus=main'],
  ],
  source: [['-list=^main\\.'], ['-list', 'runtime\\.mallocgc$'], ['-list=nothing_matches_this']],
  failure: [
    ['-top', '-sample_index=nonsense'],
    ['-top', '-sample_index=9'],
    ['-top', '-tree'],
    ['-top', '-focus=('],
    ['-top', '-divide_by=0'],
    ['-peek=nothing_matches_this'],
    ['-top', '-base=a', '-diff_base=b'],
    ['-nosuchflag'],
    ['-top', '-normalize'],
  ],
};

/** Profiles, as paths within test/fixtures: one of each kind, writer and Go version. */
export const PROFILES: readonly string[] = [
  'profiles/allocs-escape-go1.26.8.pb.gz',
  'profiles/cpu-compile-go-types.pb.gz',
  'profiles/cpu-compile-net-http.pb.gz',
  'profiles/cpu-escape-go1.26.8.pb.gz',
  'profiles/cpu-pgohot-go1.26.8.pb.gz',
  'profiles/goroutine-healthy-go1.19.13.pb.gz',
  'profiles/goroutine-leak-go1.22.12.pb.gz',
  'profiles/goroutine-leak-go1.26.8.pb.gz',
  'profiles/goroutine-leak-go1.27rc1.pb.gz',
  'profiles/goroutineleak-leak-go1.26.8-leak.pb.gz',
  'profiles/heap-compile-go-types.pb.gz',
  'profiles/wall-fgprof-v0.9.5.pb.gz',
  'collect/heap-2.pb.gz',
  'collect/cpu-2.pb.gz',
  'collect/block-2.pb.gz',
  'collect/mutex-2.pb.gz',
  'collect/threadcreate-2.pb.gz',
  'collect/goroutine-2.pb.gz',
  'demo/shop/000001-heap.pb.gz',
  'demo/shop/000005-allocs.pb.gz',
  'demo/shop/000015-cpu.pb.gz',
  'demo/shop/000006-block.pb.gz',
  'demo/shop/000007-mutex.pb.gz',
  'demo/shop/000008-goroutine.pb.gz',
  'pprof/catalog/cpu-go1.19.13.pb.gz',
  'pprof/catalog/heap-go1.20.14.pb.gz',
  'pprof/catalog/cpu-go1.21.13.pb.gz',
  'pprof/catalog/mutex-go1.22.12.pb.gz',
  'pprof/catalog/heap-go1.23.12.pb.gz',
  'pprof/catalog/block-go1.24.13.pb.gz',
  'pprof/catalog/cpu-go1.25.7.pb.gz',
  'pprof/catalog/heap-go1.26.8.pb.gz',
  'pprof/catalog/mutex-go1.27rc1.pb.gz',
  'pprof/catalog/cpu-go1.27rc1.pb.gz',
  'pprof/words/cpp-gperftools.cpu',
  'pprof/words/cpp-gperftools.heap',
  'pprof/words/cpp-cpu.pb.gz',
  'pprof/words/cpp-heap.pb.gz',
  'pprof/words/rust-cpu.pb.gz',
  'goroutines/leak-go1.27rc1.debug1.txt',
  'metrics/heap-debug1-memstats-go1.26.8.txt',
];

/** Profiles with mangled names of C++ and Rust, and how names can be shown. */
const MANGLED = ['cpp-cpu', 'cpp-heap', 'rust-cpu'].map((name) => `pprof/words/${name}.pb.gz`);
const DEMANGLING: readonly (readonly string[])[] = [
  ['-symbolize=none', '-top'],
  ['-symbolize=demangle=none', '-top'],
  ['-symbolize=demangle=full', '-top'],
  ['-symbolize=demangle=templates', '-top'],
  ['-symbolize=demangle=default', '-raw'],
  ['-symbolize=demangle=templates', '-peek=sort'],
  ['-symbolize=demangle=full', '-traces'],
  ['-symbolize=fastlocal:demangle=templates', '-dot', '-nodecount=20'],
];

/** Command lines with a binary before the profile: it names the main mapping of what has symbols. */
const WITH_BINARY: readonly (readonly string[])[] = [
  ['-top'],
  ['-raw'],
  ['-comments'],
  ['-proto'],
  ['-dot', '-nodecount=20'],
  ['-traces', '-lines'],
  ['-top', '-buildid=abc'],
];
const SYMBOLIZED = [
  'collect/cpu-2.pb.gz',
  'collect/heap-2.pb.gz',
  'profiles/goroutine-leak-go1.22.12.pb.gz',
  'pprof/catalog/mutex-go1.27rc1.pb.gz',
  'pprof/catalog/cpu-go1.19.13.pb.gz',
];

/** What google/pprof has beyond the Go tool's copy: compared with google/pprof itself. */
const NEWEST: readonly (readonly string[])[] = [
  ['-top', '-all_frames'],
  ['-traces', '--all_frames'],
  ['-raw', '-all_frames=true'],
  ['-proto', '-all_frames'],
  ['-top', '-all_frames=false'],
];

/** Every command line with a binary, which is any program. */
export function binaryCases(binary: string): Case[] {
  return WITH_BINARY.flatMap((line) =>
    SYMBOLIZED.map((profile) => ({
      group: 'with a binary',
      args: [...line, binary, path(profile)],
    })),
  );
}

/** Cases for the newest google/pprof. */
export function newestCases(): Case[] {
  const profiles = [
    ...SYMBOLIZED,
    'collect/block-2.pb.gz',
    'metrics/heap-debug1-memstats-go1.26.8.txt',
  ];
  return NEWEST.flatMap((line) =>
    profiles.map((profile) => ({ group: 'newest', args: [...line, path(profile)] })),
  );
}

/** Pairs for -base, -diff_base and merging: older first. */
export const PAIRS: readonly (readonly [string, string])[] = [
  ['collect/heap-1.pb.gz', 'collect/heap-2.pb.gz'],
  ['collect/cpu-1.pb.gz', 'collect/cpu-2.pb.gz'],
  ['collect/mutex-1.pb.gz', 'collect/mutex-2.pb.gz'],
  ['profiles/goroutine-healthy-go1.26.8.pb.gz', 'profiles/goroutine-leak-go1.26.8.pb.gz'],
  ['profiles/cpu-compile-net-http.pb.gz', 'profiles/cpu-compile-go-types.pb.gz'],
];

/** Command lines over a pair. `OLD` and `NEW` stand for its profiles. */
export const PAIR_COMMANDS: readonly (readonly string[])[] = [
  ['-top', '-base=OLD', 'NEW'],
  ['-top', '-diff_base=OLD', 'NEW'],
  ['-top', '-diff_base', 'OLD', '-normalize', 'NEW'],
  ['-top', '-base=OLD', '-normalize', '-cum', 'NEW'],
  ['-tree', '-diff_base=OLD', 'NEW'],
  ['-dot', '-diff_base=OLD', '-nodecount=20', 'NEW'],
  ['-top', '-drop_negative', '-base=OLD', 'NEW'],
  ['-raw', 'OLD', 'NEW'],
  ['-raw', '-diff_base=OLD', 'NEW'],
  ['-top', 'OLD', 'NEW'],
  ['-proto', 'OLD', 'NEW'],
  ['-proto', '-base=OLD', 'NEW'],
  ['-tags', '-diff_base=OLD', 'NEW'],
  ['-traces', 'OLD', 'nosuchfile.pb.gz'],
];

/** What is typed into the shell. */
export const SCRIPTS: readonly string[] = [
  'top\ntop3 -cum\ntop 5 runtime -malloc\npeek main\\.\ntags\nquit\n',
  'focus=main\ntop\n:\ntop5\ngranularity=lines\ntop2\nfiles=true\ntop 1 main\nq\ntop\n',
  'nodecount=3\ntop\nunit=auto\ntree\nsort=cum\ntop\no\nhelp\nfoo\nlist\ncum\ncum=true\ntext 2',
  'sample_index=0\ntop\nmean=1 //: a comment\nnoinlines\ntop\nsample_index=x\ntrim=maybe\nraw\n',
  '//: nothing\n\n  \ntop runtime >\ndid\nhide\nhide=^runtime\ntraces\ncomments\nexit\n',
];

/** Command lines for the legacy profiles that come with google/pprof's own tests. */
const LEGACY_COMMANDS: readonly (readonly string[])[] = [
  ['-raw'],
  ['-top'],
  ['-top', '-cum', '-lines'],
  ['-tree', '-nodecount=20'],
  ['-traces'],
  ['-tags'],
  ['-dot', '-addresses'],
  ['-proto'],
  ['-callgrind'],
];

/** Every legacy profile in a folder (google/pprof's profile/testdata) with every command line. */
export function legacyCases(folder: string): Case[] {
  const profiles = readdirSync(folder).filter((name) => !name.endsWith('.string'));
  return profiles.flatMap((name) =>
    LEGACY_COMMANDS.map((line) => ({ group: 'legacy', args: [...line, join(folder, name)] })),
  );
}

export interface Case {
  readonly group: string;
  readonly args: readonly string[];
  readonly script?: string;
}

const path = (name: string) => join(fixtures, name);

/** Every command line with every profile. */
export function allCases(): Case[] {
  const single = Object.entries(COMMANDS).flatMap(([group, lines]) =>
    lines.flatMap((line) => PROFILES.map((profile) => ({ group, args: [...line, path(profile)] }))),
  );
  const pairs = PAIRS.flatMap(([older, newer]) =>
    PAIR_COMMANDS.map((line) => ({
      group: 'pairs',
      args: line.map((arg) => arg.replace('OLD', path(older)).replace('NEW', path(newer))),
    })),
  );
  const shells = SCRIPTS.flatMap((script) =>
    PROFILES.map((profile) => ({ group: 'shell', args: [path(profile)], script })),
  );
  const demangled = DEMANGLING.flatMap((line) =>
    MANGLED.map((profile) => ({ group: 'demangling', args: [...line, path(profile)] })),
  );
  return [...single, ...pairs, ...shells, ...demangled];
}
