/**
 * One report: the options' rules, the filters, the printer, and where its output goes.
 *
 * generateReport of Go 1.26's pprof (internal/driver/driver.go).
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import { type FilterMatches, filterProfileReporting } from '../../profile/filter.ts';
import type { Profile } from '../../profile/profile.ts';
import { compileMatcher } from '../../profile/regexp.ts';
import { printCallgrind } from '../../report/pprof/callgrind.ts';
import { printDot } from '../../report/pprof/dot.ts';
import { basePath } from '../../report/pprof/gotext.ts';
import { printList } from '../../report/pprof/list.ts';
import type { Detail, ReportFormat, ReportOptions } from '../../report/pprof/options.ts';
import { printTags } from '../../report/pprof/printtags.ts';
import { encodeProto, encodeTopProto } from '../../report/pprof/proto.ts';
import { printRaw } from '../../report/pprof/raw.ts';
import { computeTotal, type Report } from '../../report/pprof/report.ts';
import { sampleIndexByName } from '../../report/pprof/sampleindex.ts';
import { addTagFrames } from '../../report/pprof/tagroot.ts';
import { printText, printTree } from '../../report/pprof/text.ts';
import { printTraces } from '../../report/pprof/traces.ts';
import { labelUnits } from '../../report/pprof/units.ts';
import { COMMANDS, type PprofCommand } from './commands.ts';
import type { Config } from './config.ts';
import { PprofError, type PprofIo } from './io.ts';
import { sourceReader } from './sourcefiles.ts';
import { createNumbered } from './tempfiles.ts';

/** Half the time of zlib's default for a few per cent more bytes. */
const COMPRESSION = { level: 3 };

type Write = (piece: string | Uint8Array) => void;

/** A command, with the expression or address that it looks for. */
export type Command = readonly [string] | readonly [string, string];

/** Prints a report to where the options say. Throws `PprofError`. */
export async function generateReport(
  profile: Profile,
  command: Command,
  config: Config,
  io: PprofIo,
  interactive: boolean,
): Promise<void> {
  const report = makeReport(profile, command, config, io);
  const chosen = COMMANDS[command[0]];
  if (chosen?.viewers !== undefined || chosen?.picture !== undefined) {
    const { showReport } = await import('./show.ts');
    const text = wholeReport(report, io);
    await showReport(text, chosen, config, io, interactive);
    return;
  }
  const binary = chosen?.fileEnding !== undefined && (io.isTerminal || interactive);
  const output =
    binary && config.output === ''
      ? createNumbered('', 'profile', `.${chosen.fileEnding}`)
      : config.output;
  withOutput({ ...config, output }, io, (write) => printReport(report, write, io));
}

/** A report before it is printed. Throws `PprofError`. */
export function makeReport(
  profile: Profile,
  command: Command,
  config: Config,
  io: PprofIo,
): Report {
  const [name, parameter] = command;
  const chosen = COMMANDS[name];
  if (chosen === undefined) throw new PprofError(`unrecognized command: ${JSON.stringify(name)}`);
  return orPprofError(() => filteredReport(profile, name, chosen, parameter, config, io));
}

/** pprof buffers a whole report; ours is streamed, after everything that can fail. */
function withOutput(config: Config, io: PprofIo, print: (write: Write) => void): void {
  if (config.output === '') {
    print(io.write);
    return;
  }
  const pieces: (string | Uint8Array)[] = [];
  let size = 0;
  let file: number | undefined;
  const flush = () => {
    if (file === undefined) {
      io.message(`Generating report in ${config.output}`);
      file = openSync(config.output, 'w');
    }
    for (const piece of pieces.splice(0)) {
      writeSync(file, typeof piece === 'string' ? Buffer.from(piece) : piece);
    }
    size = 0;
  };
  print((piece) => {
    pieces.push(piece);
    size += piece.length;
    if (size > 1 << 22) flush();
  });
  flush();
  if (file !== undefined) closeSync(file);
}

function orPprofError<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) throw new PprofError(error.message);
    throw error;
  }
}

function filteredReport(
  profile: Profile,
  name: string,
  command: PprofCommand,
  parameter: string | undefined,
  given: Config,
  io: PprofIo,
): Report {
  const numLabelUnits = labelUnits(profile, io.message);
  const config = withOverrides(name, command.format, given);
  const tagged = addTagFrames(profile, keys(config.tagroot), keys(config.tagleaf), config.unit);
  if (config.tagroot !== '' && !tagged.rootMatched) noMatches('TagRoot', io);
  if (config.tagleaf !== '' && !tagged.leafMatched) noMatches('TagLeaf', io);
  const filtered = () => applyFilters(tagged.profile, config, io);
  let shown = config.relative_percentages ? filtered() : tagged.profile;
  const options = reportOptions(shown, command.format, config, numLabelUnits, parameter);
  const total = computeTotal(shown, options);
  if (!config.relative_percentages) shown = filtered();
  const { formatTime } = io;
  return { profile: shown, options, total, formatTime, outputUnit: options.outputUnit };
}

function keys(list: string): string[] {
  return list.split(',').filter((key) => key !== '');
}

/** Commands decide on some options themselves. */
function withOverrides(name: string, format: ReportFormat, given: Config): Config {
  const config = { ...given };
  let { trim } = config;
  switch (name) {
    case 'disasm':
    case 'weblist':
      trim = false;
      config.granularity = 'addresses';
      config.noinlines = name === 'disasm';
      break;
    case 'peek':
      trim = false;
      break;
    case 'list':
      trim = false;
      config.granularity = 'lines';
      break;
    case 'text':
    case 'top':
    case 'topproto':
      if (config.nodecount === -1) config.nodecount = 0;
      break;
    default:
      if (config.nodecount === -1) config.nodecount = 80;
  }
  if (format === 'proto' || format === 'raw' || format === 'callgrind') {
    trim = false;
    config.granularity = 'addresses';
  }
  if (!trim) return { ...config, nodecount: 0, nodefraction: 0, edgefraction: 0 };
  return config;
}

/** What stays apart at a granularity. */
function detailOf(config: Config): Detail {
  const inlines = !config.noinlines;
  const columns = config.showcolumns;
  const none = { inlines, functions: false, filenames: false, lines: false, addresses: false };
  switch (config.granularity) {
    case '':
    case 'functions':
      return { ...none, functions: true, columns };
    case 'filefunctions':
      return { ...none, functions: true, filenames: true, columns };
    case 'files':
      return { ...none, filenames: true, columns };
    case 'lines':
      return { ...none, functions: true, filenames: true, lines: true, columns };
    default: {
      const all = { functions: true, filenames: true, lines: true, addresses: true };
      // With inlines nothing at all is merged, columns included.
      return { ...all, inlines, columns: columns || inlines };
    }
  }
}

const FILTERS = [
  'focus',
  'ignore',
  'hide',
  'show',
  'show_from',
  'tagfocus',
  'tagignore',
  'tagshow',
  'taghide',
] as const;

function reportOptions(
  profile: Profile,
  format: ReportFormat,
  config: Config,
  numLabelUnits: ReadonlyMap<string, string>,
  parameter: string | undefined,
): ReportOptions {
  if (profile.sampleTypes.length === 0) throw new PprofError('profile has no samples');
  const sampleIndex = sampleIndexByName(profile, config.sample_index);
  if (typeof sampleIndex === 'string') throw new PprofError(sampleIndex);
  const sample = profile.sampleTypes[sampleIndex] ?? { type: '', unit: '' };
  if (config.divide_by === 0) throw new PprofError('zero divisor specified');
  const main = profile.mappings[0]?.file ?? '';
  return {
    format,
    detail: detailOf(config),
    cumSort: config.sort === 'cum',
    callTree: config.call_tree,
    dropNegative: config.drop_negative,
    compactLabels: config.compact_labels,
    ratio: 1 / config.divide_by,
    title: main === '' ? '' : basePath(main),
    activeFilters: FILTERS.flatMap((name) =>
      config[name] === '' ? [] : [`${name}=${config[name]}`],
    ),
    numLabelUnits,
    nodeCount: config.nodecount,
    nodeFraction: config.nodefraction,
    edgeFraction: config.edgefraction,
    sampleIndex,
    mean: config.mean,
    sampleType: config.mean ? `mean_${sample.type}` : sample.type,
    sampleUnit: sample.unit,
    outputUnit: config.unit,
    symbol:
      parameter === undefined
        ? undefined
        : { text: parameter, matches: compileMatcher(parameter, 'argument') },
    sourcePath: config.source_path,
    trimPath: config.trim_path,
  };
}

const WARNINGS: readonly (readonly [keyof FilterMatches, string])[] = [
  ['focus', 'Focus'],
  ['ignore', 'Ignore'],
  ['hide', 'Hide'],
  ['show', 'Show'],
  ['showFrom', 'ShowFrom'],
  ['tagFocus', 'TagFocus'],
  ['tagIgnore', 'TagIgnore'],
  ['tagShow', 'TagShow'],
  ['tagHide', 'TagHide'],
];

function applyFilters(profile: Profile, config: Config, io: PprofIo): Profile {
  const { profile: filtered, matches } = filterProfileReporting(profile, {
    focus: config.focus,
    ignore: config.ignore,
    hide: config.hide,
    show: config.show,
    showFrom: config.show_from,
    tagFocus: config.tagfocus,
    tagIgnore: config.tagignore,
    tagShow: config.tagshow,
    tagHide: config.taghide,
    pruneFrom: config.prune_from,
  });
  for (const [key, name] of WARNINGS) if (matches[key] === false) noMatches(name, io);
  return filtered;
}

function noMatches(option: string, io: PprofIo): void {
  io.message(`${option} expression matched no samples`);
}

function printReport(report: Report, write: Write, io: PprofIo): void {
  const { profile, options } = report;
  if (options.format === 'traces') printTraces(report, write);
  else if (options.format === 'raw') {
    printRaw(profile, options.detail, { time: io.formatLongTime }, write);
  } else write(wholeReport(report, io));
}

/** The formats that are made at once. */
function wholeReport(report: Report, io: PprofIo): string | Uint8Array {
  const { profile, options } = report;
  const noMatch = `no matches found for regexp: ${options.symbol?.text}`;
  switch (options.format) {
    case 'text':
      return printText(report);
    case 'tree':
      return found(printTree(report), noMatch);
    case 'dot':
      return printDot(report);
    case 'tags':
      return printTags(report);
    case 'comments':
      return profile.comments.map((comment) => `${comment}\n`).join('');
    case 'callgrind':
      return printCallgrind(report);
    case 'proto':
      return gzipSync(encodeProto(report), COMPRESSION);
    case 'topproto':
      return gzipSync(encodeTopProto(report), COMPRESSION);
    case 'list':
      return found(
        printList(report, sourceReader(options.sourcePath || io.cwd, options.trimPath)),
        noMatch,
      );
    default:
      throw new PprofError(`${options.format} is not supported yet`);
  }
}

function found(text: string | undefined, otherwise: string): string {
  if (text === undefined) throw new PprofError(otherwise);
  return text;
}
