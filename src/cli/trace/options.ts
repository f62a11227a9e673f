/**
 * The command line of `whygo trace`: that of `go tool trace` (one dash or two, `-name=value` or
 * `-name value`), and flags of its own.
 */
import { UserError } from '../../base/errors.ts';
import { DERIVED_KINDS, type DerivedKind } from '../../trace/analysis/derived.ts';
import { type FlagKind, type FlagValue, parseFlags } from '../pprof/goflag.ts';

export const PROFILE_KINDS = [...DERIVED_KINDS, 'cpu'] as const;
export type ProfileName = DerivedKind | 'cpu';
const DEBUG_MODES = ['wire', 'parsed', 'footprint'] as const;
export type DebugMode = (typeof DEBUG_MODES)[number];
const EXPORTS = ['perfetto', 'chrome'] as const;
export type ExportFormat = (typeof EXPORTS)[number];

export interface TraceOptions {
  /** Path, `-`, or (with `fetch`) a target. */
  readonly input: string;
  readonly action:
    | { readonly kind: 'summary' | 'json' | 'check' }
    | { readonly kind: 'profile'; readonly profile: ProfileName }
    | { readonly kind: 'debug'; readonly mode: DebugMode }
    | { readonly kind: 'mmu'; readonly flags: string; readonly isJson: boolean }
    | { readonly kind: 'critical'; readonly what: string }
    | { readonly kind: 'goroutines'; readonly isJson: boolean }
    | { readonly kind: 'export'; readonly format: ExportFormat };
  /** Duration of the recording to fetch. */
  readonly fetch: string | undefined;
  readonly output: string | undefined;
  readonly part: {
    readonly from: number | undefined;
    readonly to: number | undefined;
    readonly goroutine: string | undefined;
    readonly region: string | undefined;
    readonly task: string | undefined;
  };
}

const FLAGS: ReadonlyMap<string, FlagKind> = new Map<string, FlagKind>([
  ['http', 'string'],
  ['pprof', 'string'],
  ['d', 'string'],
  ['json', 'bool'],
  ['check', 'bool'],
  ['goroutines', 'bool'],
  ['mmu', 'string'],
  ['critical', 'string'],
  ['export', 'string'],
  ['fetch', 'string'],
  ['o', 'string'],
  ['from', 'string'],
  ['to', 'string'],
  ['goroutine', 'string'],
  ['region', 'string'],
  ['task', 'string'],
]);

export const TRACE_USAGE = `Usage: whygo trace [flags] [program] trace.out

Says in one page what the program did, where the time went, and what it waited for.
FILE may be compressed; - is standard input. The program is taken as go tool trace takes it,
and not needed.

Flags of go tool trace:
  -pprof=net|sync|syscall|sched   print a profile of network waits, synchronization, syscalls,
                                  or scheduler latency (pprof, gzipped); -pprof=cpu: CPU samples
  -d=wire|parsed|footprint        print the file's events, the events in order, or what takes room

Of its own:
  -json             the summary as JSON (whygo.trace/1)
  -goroutines       what goroutines did, by start function; with -json as JSON
  -mmu=OPTIONS      minimum mutator utilisation, of: stw,background,assist,sweep,perproc ("default")
  -critical=TYPE    critical path of the slowest task of a type; or task:ID, goroutine:ID
  -check            whether Go's own reader takes the file; exit code 2 and the reason if not
  -export=perfetto|chrome         for ui.perfetto.dev, or chrome://tracing
  -fetch=5s TARGET  record a running program for so long first; -o keeps the recording
  -o=FILE           where profile or export go; standard output unless given
  -from=, -to=      only what lies between, after the begin of the trace: 1.5s, 200ms
  -goroutine=FUNC   only goroutines that start in this function
  -region=TYPE, -task=TYPE        only within regions of this type, or regions of tasks of it

Exit codes: 0 fine, 2 usage or input error, or refused by -check.`;

/** Undefined: help was asked for. Throws `UserError`. */
export function parseTraceOptions(argv: readonly string[]): TraceOptions | undefined {
  const { flags, args } = splitArguments(argv);
  const parsed = parseFlags(flags, FLAGS);
  if ('help' in parsed) return undefined;
  if ('error' in parsed) throw usageError(parsed.error);
  const input = args.at(-1);
  if (input === undefined || args.length > 2) {
    throw usageError(input === undefined ? 'No trace was named' : 'Too many files were named');
  }
  const { values } = parsed;
  return {
    input,
    action: actionOf(values),
    fetch: text(values, 'fetch'),
    output: text(values, 'o'),
    part: {
      from: duration(values, 'from'),
      to: duration(values, 'to'),
      goroutine: text(values, 'goroutine'),
      region: text(values, 'region'),
      task: text(values, 'task'),
    },
  };
}

/** Flags may come after the file, too, which Go's flag package does not take. */
function splitArguments(argv: readonly string[]): { flags: string[]; args: string[] } {
  const flags: string[] = [];
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i];
    if (arg === '--') {
      args.push(...argv.slice(i + 1));
      break;
    }
    if (arg.length < 2 || !arg.startsWith('-')) {
      args.push(arg);
      continue;
    }
    flags.push(arg);
    const kind = FLAGS.get(arg.replace(/^--?/, ''));
    if (kind !== undefined && kind !== 'bool' && i + 1 < argv.length) flags.push(argv[++i]);
  }
  return { flags, args };
}

function actionOf(values: ReadonlyMap<string, FlagValue>): TraceOptions['action'] {
  if (text(values, 'http') !== undefined) {
    const next = 'leave -http away for the summary';
    throw new UserError('bad-option', 'whygo trace serves no page', next);
  }
  const profile = text(values, 'pprof');
  if (profile !== undefined) {
    return { kind: 'profile', profile: oneOf('pprof', profile, PROFILE_KINDS) };
  }
  const mode = text(values, 'd');
  if (mode !== undefined) return { kind: 'debug', mode: oneOf('d', mode, DEBUG_MODES) };
  const format = text(values, 'export');
  if (format !== undefined) return { kind: 'export', format: oneOf('export', format, EXPORTS) };
  if (values.get('check') === true) return { kind: 'check' };
  const what = text(values, 'critical');
  if (what !== undefined) return { kind: 'critical', what };
  const isJson = values.get('json') === true;
  const mmu = text(values, 'mmu');
  if (mmu !== undefined) return { kind: 'mmu', flags: mmu, isJson };
  if (values.get('goroutines') === true) return { kind: 'goroutines', isJson };
  return { kind: isJson ? 'json' : 'summary' };
}

function text(values: ReadonlyMap<string, FlagValue>, name: string): string | undefined {
  const value = values.get(name);
  return typeof value === 'string' ? value : undefined;
}

function oneOf<Value extends string>(flag: string, value: string, known: readonly Value[]): Value {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  const next = `take one of: ${known.join(', ')}`;
  throw new UserError('bad-option', `-${flag}=${value} is none of its values`, next);
}

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
};

/** Nanoseconds of `1.5s` or `200us`; undefined when the flag is not given. */
function duration(values: ReadonlyMap<string, FlagValue>, flag: string): number | undefined {
  const given = text(values, flag);
  if (given === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)$/.exec(given) ?? [];
  const nanos = UNIT_NANOS[unit];
  if (nanos !== undefined) return Number(number) * nanos;
  throw new UserError(
    'bad-duration',
    `Cannot read -${flag} “${given}”`,
    'write it as 1.5s or 200ms',
  );
}

function usageError(message: string): UserError {
  return new UserError('bad-option', message, 'see whygo trace -h');
}
