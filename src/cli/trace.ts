/** `whygo trace`: an execution trace summed up, its profiles and exports, and Go's verdict on it. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { encodePprof } from '../formats/pprof.ts';
import { cpuSampleProfile, derivedProfile } from '../trace/analysis/derived.ts';
import { findingsOf } from '../trace/analysis/findings.ts';
import { goroutinesNamed } from '../trace/analysis/names.ts';
import { regionSpans, type Selection, type Span } from '../trace/analysis/selection.ts';
import { summarize } from '../trace/analysis/summary.ts';
import { checkTrace, decodeTrace } from '../trace/decode.ts';
import { bytesSource, type TraceSource } from '../trace/source.ts';
import type { Trace } from '../trace/trace.ts';
import { locate, reportFailure } from './failure.ts';
import { stderr, stdout } from './terminal.ts';
import { traceSource } from './trace/file.ts';
import {
  type DebugMode,
  type ExportFormat,
  type ProfileName,
  parseTraceOptions,
  TRACE_USAGE,
  type TraceOptions,
} from './trace/options.ts';
import { withOutput, writeLines } from './trace/output.ts';

const EXIT_REFUSED = 2;

/** Gives the exit code. */
export async function trace(argv: readonly string[]): Promise<number> {
  try {
    const options = parseTraceOptions(argv);
    if (options !== undefined) return await run(options);
    stdout.line(TRACE_USAGE);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

async function run(options: TraceOptions): Promise<number> {
  const name = options.input === '-' ? 'standard input' : options.input;
  try {
    const source = await sourceOf(options);
    if (options.action.kind === 'check') return check(source, name);
    if (options.action.kind === 'debug') {
      await debug(options.action.mode, source, options.output);
      return 0;
    }
    await act(options, source, name);
    return 0;
  } catch (error) {
    throw locate(error, name);
  }
}

async function sourceOf({ input, fetch, action, output }: TraceOptions): Promise<TraceSource> {
  if (fetch === undefined) return traceSource(input);
  const { fetchTrace } = await import('./trace/fetch.ts');
  const bytes = await fetchTrace(input, fetch);
  // Where nothing else is written, -o keeps the recording.
  if (output !== undefined && action.kind !== 'profile' && action.kind !== 'export') {
    writeFileSync(output, bytes);
    stderr.line(`${output}: ${bytes.length} bytes`);
  }
  return bytesSource(bytes);
}

async function act(options: TraceOptions, source: TraceSource, name: string): Promise<void> {
  const { action, output } = options;
  const decoded = decode(source, name);
  const selection = selectionOf(decoded, options.part);
  const within = selection.time;
  switch (action.kind) {
    case 'profile':
      withOutput(output, (put) =>
        put(gzipSync(encodePprof(profileOf(decoded, action.profile, selection)))),
      );
      break;
    case 'summary': {
      const { printSummary } = await import('./trace/print.ts');
      const summary = summarize(decoded, within);
      printSummary(stdout, name, summary, findingsOf(summary));
      break;
    }
    case 'json': {
      const { summaryJson } = await import('./trace/json.ts');
      const summary = summarize(decoded, within);
      stdout.line(JSON.stringify(summaryJson(name, summary, findingsOf(summary)), undefined, 2));
      break;
    }
    case 'mmu': {
      const { mmuJson, printMmu, utilisationOptions } = await import('./trace/mmu.ts');
      const wanted = utilisationOptions(action.flags);
      if (action.isJson) stdout.line(JSON.stringify(mmuJson(decoded, wanted), undefined, 2));
      else printMmu(stdout, decoded, wanted);
      break;
    }
    case 'export':
      await exportTimeline(decoded, action.format, output);
      break;
    case 'critical': {
      const { printCriticalPath } = await import('./trace/critical.ts');
      printCriticalPath(stdout, decoded, action.what);
      break;
    }
    case 'goroutines':
      await goroutines(decoded, within, action.isJson);
      break;
  }
}

async function goroutines(decoded: Trace, within: Span | undefined, isJson: boolean) {
  const summary = summarize(decoded, within);
  if (isJson) {
    const { groupsJson } = await import('./trace/json.ts');
    stdout.line(JSON.stringify(groupsJson(summary.groups), undefined, 2));
    return;
  }
  const { printAllGroups } = await import('./trace/print.ts');
  printAllGroups(stdout, summary);
}

async function exportTimeline(decoded: Trace, format: ExportFormat, output: string | undefined) {
  const { writeTimeline } = await import('./trace/timeline.ts');
  const { PerfettoSink } = await import('./trace/perfetto.ts');
  const { ChromeSink } = await import('./trace/chrome.ts');
  withOutput(output, (put) => {
    const sink =
      format === 'perfetto'
        ? new PerfettoSink(put)
        : new ChromeSink((piece) => put(encodeUtf8(piece)));
    writeTimeline(decoded, sink);
    sink.finish();
  });
}

async function debug(mode: DebugMode, source: TraceSource, output: string | undefined) {
  if (mode === 'parsed') {
    const { parsedLines } = await import('./trace/parsed.ts');
    writeLines(output, parsedLines(decodeTrace(source), source));
    return;
  }
  const { footprintLines, wireLines } = await import('./trace/rawevents.ts');
  writeLines(output, mode === 'wire' ? wireLines(source) : footprintLines(source));
}

/** Notes of what is missing or damaged go to standard error, a few of each kind. */
function decode(source: TraceSource, name: string): Trace {
  const decoded = decodeTrace(source);
  const told = new Map<string, number>();
  for (const { kind, generation, offset, reason, lostBytes } of decoded.notes) {
    // Nothing is missing of what was recorded.
    if (kind === 'starts-late') continue;
    const count = (told.get(kind) ?? 0) + 1;
    told.set(kind, count);
    if (count > 3) continue;
    const where = generation > 0 ? `generation ${generation}, byte ${offset}` : `byte ${offset}`;
    const lost = lostBytes > 0 ? ` (${lostBytes} bytes lost)` : '';
    stderr.line(`${name}: ${kind}: ${where}: ${reason}${lost}`);
  }
  for (const [kind, count] of told) {
    if (count > 3) stderr.line(`${name}: ${kind}: ${count - 3} more`);
  }
  return decoded;
}

function check(source: TraceSource, name: string): number {
  const verdict = checkTrace(source);
  if (verdict.isAccepted) {
    stdout.line(`${name}: ok`);
    return 0;
  }
  const { reason, generation, offset } = verdict;
  const where = generation > 0 ? `generation ${generation}, byte ${offset}` : `byte ${offset}`;
  stdout.line(`${name}: ${where}: ${reason}`);
  return EXIT_REFUSED;
}

function profileOf(decoded: Trace, name: ProfileName, selection: Selection) {
  return name === 'cpu'
    ? cpuSampleProfile(decoded, selection)
    : derivedProfile(decoded, name, selection);
}

function selectionOf(decoded: Trace, part: TraceOptions['part']): Selection {
  const { from, to, goroutine, region, task } = part;
  const isTimed = from !== undefined || to !== undefined;
  const time = { start: from ?? 0, end: to ?? decoded.duration + 1 };
  const goroutines = goroutine === undefined ? undefined : goroutinesNamed(decoded, goroutine);
  if (goroutines !== undefined && !goroutines.includes(1)) {
    throw nothingFound('goroutine', `starts in ${goroutine}`);
  }
  const spans =
    region === undefined && task === undefined
      ? undefined
      : regionSpans(decoded, {
          ...(region === undefined ? {} : { name: region }),
          ...(task === undefined ? {} : { tasks: tasksNamed(decoded, task) }),
        });
  if (spans?.size === 0) throw nothingFound('region', `is of type ${region ?? `task ${task}`}`);
  return {
    ...(isTimed ? { time } : {}),
    ...(goroutines === undefined ? {} : { goroutines }),
    ...(spans === undefined ? {} : { spans }),
  };
}

function tasksNamed(decoded: Trace, type: string): ReadonlySet<number> {
  const { tasks, strings } = decoded;
  return new Set([...tasks.name.keys()].filter((row) => strings[tasks.name[row]] === type));
}

function nothingFound(what: string, condition: string): UserError {
  const next = 'whygo trace FILE lists the goroutines, tasks and regions there are';
  return new UserError('bad-option', `No ${what} ${condition}`, next);
}
