/**
 * Source and machine code for the page: what `weblist` and `disasm` print, as data.
 *
 * Reads the files that the profile names, and no others. Loaded with the first question for code.
 */
import type { SourceLine, WireAssembly, WireSource } from '../../api/pprofpage.ts';
import { UserError } from '../../base/errors.ts';
import { annotateSource } from '../../report/pprof/annotate.ts';
import { listAssembly } from '../../report/pprof/assembly.ts';
import { listSource } from '../../report/pprof/list.ts';
import type { Report } from '../../report/pprof/report.ts';
import type { AnnotatedFunction, AnnotatedLine } from '../../report/pprof/sourcemodel.ts';
import { Binaries } from './binaries.ts';
import { sourceReader } from './sourcefiles.ts';

/** As on pprof's page: the heaviest files and symbols. */
const MOST = 50;

/** The binaries of one profile; opened once for all questions. */
export class CodeReader {
  // A line has the values of everything that was inlined from it, as in `list`.
  private readonly binaries = new Binaries({ inlined: true });
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /**
   * Of a report of format `weblist`, or `list` where the profile has no addresses. `matched`: how many
   * functions the report's expression matches.
   */
  async source(report: Report, matched: number, intel: boolean): Promise<WireSource> {
    const { profile, options } = report;
    if (options.format === 'list') return this.lines(report, matched);
    await this.binaries.loadDisassemblers(profile.mappings, intel);
    const readSource = sourceReader(options.sourcePath || this.cwd, options.trimPath);
    const open = this.binaries.open.bind(this.binaries);
    const source = annotateSource(report, { open, readSource, most: MOST });
    const functions = (source?.files ?? []).flatMap((file) => file.functions);
    functions.sort((a, b) => b.flat - a.flat || b.cum - a.cum);
    return {
      functions: functions.map((one) => wireFunction(one, errorOf(readSource(one.file)))),
      matched: Math.max(matched, functions.length),
      total: report.total,
      unit: options.sampleUnit,
      noCode: this.whyNoCode(report),
    };
  }

  private lines(report: Report, matched: number): WireSource {
    const { options, total } = report;
    const { routines } = listSource(
      report,
      sourceReader(options.sourcePath || this.cwd, options.trimPath),
    );
    const heaviest = routines.toSorted((a, b) => b.flat - a.flat || b.cum - a.cum).slice(0, MOST);
    const functions = heaviest.map(({ lines, ...routine }) => ({
      ...routine,
      lines: lines.map((line) => ({ ...line, instructions: [] })),
    }));
    const noCode = 'the profile has no addresses';
    return { functions, matched, total, unit: options.sampleUnit, noCode };
  }

  /** Report of format `disasm`. */
  async assembly(report: Report, intel: boolean): Promise<WireAssembly> {
    await this.binaries.loadDisassemblers(report.profile.mappings, intel);
    const listing = listAssembly(report, this.binaries.open.bind(this.binaries), MOST);
    const { routines, problems, candidates } = listing;
    if (routines.length === 0 && problems[0] !== undefined) {
      const next = 'name the binary before the profile: whygo pprof -http=: binary profile';
      throw new UserError('no-binary', problems[0], next);
    }
    return {
      routines: routines.map(({ instructions = [], ...routine }) => ({
        ...routine,
        instructions: instructions.map((row) => ({ ...row, address: row.address.toString(16) })),
      })),
      matched: Math.max(routines.length, Math.min(candidates, MOST)),
      total: report.total,
      unit: report.options.sampleUnit,
    };
  }

  /** The first binary that cannot be opened, if none can. */
  private whyNoCode({ profile }: Report): string {
    const opened = profile.mappings.map((mapping) => this.binaries.open(mapping));
    if (opened.length === 0) return 'the profile names no binary';
    if (opened.some((object) => !('error' in object))) return '';
    const [first] = opened;
    return first !== undefined && 'error' in first ? first.error : '';
  }
}

function errorOf(file: ReturnType<ReturnType<typeof sourceReader>>): string {
  return 'error' in file ? file.error : '';
}

function wireFunction(
  { name, file, flat, cum, lines }: AnnotatedFunction,
  error: string,
): WireSource['functions'][number] {
  return { name, file, flat, cum, lines: lines.map(wireLine), error };
}

function wireLine({ line, text, flat, cum, instructions }: AnnotatedLine): SourceLine {
  const shown = instructions.filter((instruction) => instruction.text !== '');
  return {
    line,
    text,
    flat,
    cum,
    instructions: shown.map(({ inlinedCalls, ...instruction }) => ({
      ...instruction,
      address: instruction.address.toString(16),
      inlinedCalls: inlinedCalls.map((call) => ({ file: call.file, line: call.line })),
    })),
  };
}
