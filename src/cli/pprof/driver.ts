/**
 * One report: the options' rules, the filters, the printer, and where its output goes.
 *
 * generateReport of Go 1.26's pprof (internal/driver/driver.go).
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import type { Profile } from '../../profile/profile.ts';
import { printCallgrind } from '../../report/pprof/callgrind.ts';
import { printDot } from '../../report/pprof/dot.ts';
import { reportOf } from '../../report/pprof/filtered.ts';
import { printList } from '../../report/pprof/list.ts';
import { printTags } from '../../report/pprof/printtags.ts';
import { encodeProto, encodeTopProto } from '../../report/pprof/proto.ts';
import { printRaw } from '../../report/pprof/raw.ts';
import type { Report } from '../../report/pprof/report.ts';
import { printText, printTree } from '../../report/pprof/text.ts';
import { printTraces } from '../../report/pprof/traces.ts';
import { COMMANDS } from './commands.ts';
import type { Config } from './config.ts';
import { PprofError, type PprofIo } from './io.ts';
import { sourceReader } from './sourcefiles.ts';
import { createNumbered } from './tempfiles.ts';

/** A third of the time of zlib's default, for a seventh more bytes. */
const COMPRESSION = { level: 2 };

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
  const made = await rareReport(report, profile, config, io);
  if (chosen?.viewers !== undefined || chosen?.picture !== undefined) {
    const { showReport } = await import('./show.ts');
    const text = made ?? wholeReport(report, io);
    await showReport(text, chosen, config, io, interactive);
    return;
  }
  const binary = chosen?.fileEnding !== undefined && (io.isTerminal || interactive);
  const output =
    binary && config.output === ''
      ? createNumbered('', 'profile', `.${chosen.fileEnding}`)
      : config.output;
  const folded = report.options.format === 'folded' ? await foldedPrinter(report) : undefined;
  withOutput({ ...config, output }, io, (write) => {
    if (folded !== undefined) folded(write);
    else if (made === undefined) printReport(report, write, io);
    else write(made);
  });
}

/** Formats whose code is loaded when they are asked for; undefined for the others. */
async function rareReport(
  report: Report,
  profile: Profile,
  config: Config,
  io: PprofIo,
): Promise<string | undefined> {
  switch (report.options.format) {
    case 'disasm':
    case 'weblist': {
      const { machineCodeReport } = await import('./machinecode.ts');
      return machineCodeReport(report, profile, config.intel_syntax, io);
    }
    case 'csv':
      return (await import('../../report/pprof/toptable.ts')).printCsv(report);
    case 'json':
      return (await import('../../report/pprof/toptable.ts')).printJson(report);
    case 'flamegraph':
      refuseMean(report);
      return (await import('../../report/pprof/flamesvg.ts')).printFlameSvg(report);
    case 'html':
      return (await import('./htmlexport.ts')).savedPage(report, Date.now());
    default:
      return undefined;
  }
}

async function foldedPrinter(report: Report): Promise<(write: Write) => void> {
  refuseMean(report);
  const { printFolded } = await import('../../report/pprof/folded.ts');
  return (write) => printFolded(report, write);
}

/** Means of stacks do not add up to those of their callers. */
function refuseMean({ options }: Report): void {
  if (options.mean) throw new PprofError('-mean does not go with whole stacks; leave it out');
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
  const request = { command: name, format: chosen.format, parameter };
  return orPprofError(() => reportOf(profile, request, config, io));
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
        printList(report, sourceReader(options.sourcePath || io.cwd, options.trimPath, io)),
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
