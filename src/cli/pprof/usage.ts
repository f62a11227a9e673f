/** What `whygo pprof` says about itself. */
import { COMMANDS } from './commands.ts';
import { CHOICES, CONFIG_NAMES, isChoiceOption } from './config.ts';

/** One line for every option and choice. */
export const OPTION_HELP: Readonly<Record<string, string>> = {
  output: 'File that the report is written to',
  call_tree: 'Keep paths apart: a tree instead of a graph (pictures, callgrind)',
  relative_percentages: 'Percentages of what the filters leave, not of the whole profile',
  unit: 'Unit of values: minimum (one for all), auto (one for each), or a name such as ms, MB',
  compact_labels: 'Shorter headers',
  source_path: 'Folders in which source files are looked for',
  trim_path: 'Folders taken off the paths of source files first',
  intel_syntax: 'Intel syntax in disasm and weblist',
  mean: 'Average over the first sample value (its count)',
  sample_index: 'Sample value to report: index or name',
  divide_by: 'Divide all values by this number',
  normalize: 'Scale the profile to the total of the base',
  sort: 'What entries are sorted by',
  tagroot: 'Labels (comma-separated keys) as frames at the root of stacks',
  tagleaf: 'Labels (comma-separated keys) as frames at the leaf of stacks',
  drop_negative: 'Leave out what is negative in a comparison',
  nodecount: 'Most entries shown',
  nodefraction: 'Leave out nodes below this fraction of the total',
  edgefraction: 'Leave out edges below this fraction of the total',
  trim: 'Apply nodecount, nodefraction and edgefraction',
  focus: 'Only samples with a frame that matches this expression',
  ignore: 'No samples with a frame that matches this expression',
  prune_from: 'Drop frames below those that match',
  hide: 'Take frames that match out of stacks',
  show: 'Leave only frames that match in stacks',
  show_from: 'Drop frames above the highest that matches',
  tagfocus: 'Only samples with labels that match: expression, key=expression, or range 1kb:2mb',
  tagignore: 'No samples with labels that match',
  tagshow: 'Only labels with keys that match',
  taghide: 'No labels with keys that match',
  noinlines: 'Count inlined functions to the function that they are inlined into',
  showcolumns: 'Columns beside line numbers',
  granularity: 'How finely frames are told apart',
  flat: 'Sort by own value',
  cum: 'Sort by cumulative value',
  functions: 'Functions, whatever their file',
  filefunctions: 'Functions of each file',
  files: 'Files',
  lines: 'Source lines',
  addresses: 'Addresses',
};

/** Commands and options, each with a line of explanation. */
export function usageOf(prefix: string): string {
  const row = (name: string, text: string) => `    ${`${prefix}${name}`.padEnd(16)} ${text}`;
  const commands = Object.entries(COMMANDS).map(([name, { description }]) =>
    row(name, description),
  );
  commands.sort();
  if (prefix === '') {
    commands.push(row('config', 'List, save, load and delete configurations'));
    commands.push(row('o/options', 'List options and their current values'));
    commands.push(row('q/quit/exit/^D', 'Exit'));
  }
  const options = CONFIG_NAMES.filter((name) => !isChoiceOption(name));
  return [
    prefix === '' ? '  Commands:' : '  Output formats (select at most one):',
    ...commands,
    '',
    '  Options:',
    ...options.map((name) => row(name, OPTION_HELP[name] ?? '')).sort(),
    '',
    '  Option groups (only set one per group):',
    ...Object.entries(CHOICES).flatMap(([name, choices]) => [
      `    ${name}`,
      ...choices.map((choice) => `  ${row(choice, OPTION_HELP[choice] ?? '')}`),
    ]),
  ].join('\n');
}

const SOURCES: readonly (readonly [string, string])[] = [
  ['-seconds', 'How long a server is asked to profile'],
  ['-all_frames', 'Leave in what drop_frames names'],
  ['-timeout', 'Seconds until an answer must begin'],
  ['-base source', 'Profile that is subtracted'],
  ['-diff_base source', 'Profile that is compared with; percentages are of it'],
  ['-buildid', 'Build ID of the main binary'],
  ['-add_comment', 'Comment that is added to the profile'],
  ['-symbolize', 'none, local, fastlocal, remote; inlined, force, demangle=…'],
  ['-http', 'Serve the page at [host]:[port] instead of printing; : is this machine, a free port'],
  ['-no_browser', 'Do not open a browser on it'],
  ['-inuse_space', 'The same as -sample_index=inuse_space; so are -inuse_objects,'],
  ['', '-alloc_space, -alloc_objects, -total_delay, -contentions, -mean_delay'],
  ['-tls_cert', 'Certificate (PEM) to show to servers; with -tls_key'],
  ['-tls_key', 'Private key (PEM) of the certificate'],
  ['-tls_ca', 'Certificates (PEM) that may sign those of servers'],
  ['', ''],
  ['-merge_types', 'common: sample types that all sources have; all: those of any'],
  ['-gc_cost source', 'Heap profile: garbage collection is charged to who allocates'],
  ['-config', 'Saved configuration to start from; the shell lists them with config'],
  ['-save_config', 'Name to save the options under, for the page and for -config'],
];

export function usageText(): string {
  return `usage:

   whygo pprof <format> [options] [binary] <source> ...

A source is a profile file, a URL (host:port/path), or - for standard input. Without a format, a shell
opens.

${usageOf('-')}

  Sources:
${SOURCES.map(([name, text]) => `    ${name.padEnd(18)} ${text}`).join('\n')}

  Environment:
    PPROF_TMPDIR       Where fetched profiles are kept (default ~/pprof)
    PPROF_BINARY_PATH  Where copies of binaries are looked for (default ~/pprof/binaries)`;
}
