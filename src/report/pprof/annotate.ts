/**
 * Source files with the machine code of every line (report.MakeWebList, internal/report/source.go of
 * Go 1.26's pprof): what `weblist` prints.
 *
 * Addresses with samples of interesting functions are widened to ranges, which are disassembled;
 * every instruction is put under the lines of its frames that are of interest. Binaries and sources are
 * passed in: with the frames that Go's pprof gets from a binary the result is its own, with inlined
 * frames the values of a line are those of `list`. Cost: one pass over the frames of all samples, and
 * one look-up for each instruction in at most 25 ranges.
 */
import { sortAsGo } from '../../binary/gosort.ts';
import type { ObjectCode, OpenObject } from '../../binary/objectfile.ts';
import { annotatedFile, type FileLines, type Instruction } from './annotatedfile.ts';
import { cleanPath, compareStrings } from './gotext.ts';
import { InterestingLocations } from './interest.ts';
import type { Report } from './report.ts';
import type { AnnotatedSource, ReadSource } from './sourcemodel.ts';

/** Bytes on either side of a sample that are looked at too. */
const MARGIN = 500n;
const MOST_RANGES = 25;
/** Instructions without a line are counted to the one before, if it is that near. */
const NEIGHBOURHOOD = 32n;

/** A frame as far as source lines go. */
interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export interface AnnotateOptions {
  readonly open: OpenObject;
  readonly readSource: ReadSource;
  /**
   * As Go's pprof counts: a line's own value has what was inlined from it too, and code in several
   * ranges is shown as often. Without it, own values are those of `list`, and nothing is repeated.
   */
  readonly asPprof?: boolean;
  /** Only that many files, those with the largest flat values; all, by name, without it. */
  readonly most?: number;
}

/** Undefined when the report's expression matches nothing. */
export function annotateSource(
  report: Report,
  { open, readSource, most, asPprof = false }: AnnotateOptions,
): AnnotatedSource | undefined {
  const interest = new InterestingLocations(report);
  if (interest.functions.size === 0) return undefined;
  const placer = new InstructionPlacer(report, interest, open, asPprof);
  const instructions = placer.run();
  moveSamples(instructions, interest);
  const files = [...placer.files.values()].map((file) =>
    annotatedFile(file, { shownNames: interest.shownNames, readSource, asPprof }),
  );
  if (most === undefined) files.sort((a, b) => compareStrings(a.file, b.file));
  else files.sort((a, b) => b.flat - a.flat || compareStrings(a.file, b.file));
  return { total: report.total, files: files.slice(0, most ?? files.length) };
}

/** Samples at an address within an instruction are counted to its beginning. */
function moveSamples(
  instructions: ReadonlyMap<bigint, Instruction>,
  { values }: InterestingLocations,
): void {
  for (const instruction of instructions.values()) {
    const end = instruction.address + BigInt(instruction.length);
    for (let at = instruction.address; at < end; at++) {
      const sampled = values.get(at);
      instruction.flat += sampled?.flat ?? 0;
      instruction.cum += sampled?.cum ?? 0;
    }
  }
}

interface AddressRange {
  readonly begin: bigint;
  readonly end: bigint;
  readonly object: ObjectCode;
  readonly flat: number;
}

class InstructionPlacer {
  readonly files = new Map<string, FileLines>();
  private readonly report: Report;
  private readonly interest: InterestingLocations;
  private readonly open: OpenObject;
  private readonly asPprof: boolean;
  private readonly objects = new Map<string, ObjectCode | undefined>();
  private readonly instructions = new Map<bigint, Instruction>();

  constructor(report: Report, interest: InterestingLocations, open: OpenObject, asPprof: boolean) {
    this.report = report;
    this.interest = interest;
    this.open = open;
    this.asPprof = asPprof;
  }

  run(): ReadonlyMap<bigint, Instruction> {
    const addresses = [...this.interest.locations].sort(([a], [b]) => (a < b ? -1 : 1));
    const withCode: bigint[] = [];
    for (const [address, location] of addresses) {
      if (this.objectOf(location) === undefined) this.placeWithoutCode(address, location);
      else withCode.push(address);
    }
    const ranges = sortAsGo(this.ranges(withCode), (a, b) => a.flat > b.flat);
    for (const range of ranges.slice(0, MOST_RANGES)) this.placeRange(range);
    return this.instructions;
  }

  /** The binary of a location's mapping, opened once for each path; undefined if it cannot be. */
  private objectOf(location: number): ObjectCode | undefined {
    const { profile } = this.report;
    const mapping = profile.mappings[profile.locations.mapping[location] ?? -1];
    if (mapping === undefined) return undefined;
    if (!this.objects.has(mapping.file)) {
      const opened = this.open(mapping);
      this.objects.set(mapping.file, 'error' in opened ? undefined : opened);
    }
    return this.objects.get(mapping.file);
  }

  private placeWithoutCode(address: bigint, location: number): void {
    const frames = framesOf(this.report, location);
    const { file = '', line = 0 } = frames[0] ?? {};
    this.place(
      { address, inFile: address, length: 1, text: '', file, line, flat: 0, cum: 0 },
      frames,
    );
  }

  /** Ranges around addresses (sorted), those that are near each other in one. */
  private ranges(addresses: readonly bigint[]): AddressRange[] {
    const { profile } = this.report;
    const ranges: AddressRange[] = [];
    const flatAt = (address: bigint) => this.interest.values.get(address)?.flat ?? 0;
    for (let i = 0; i < addresses.length; ) {
      const first = addresses[i] ?? 0n;
      const location = this.interest.locations.get(first) ?? 0;
      const { start, limit } = profile.mappings[profile.locations.mapping[location] ?? -1] ?? NONE;
      let last = first;
      let flat = flatAt(first);
      for (i++; i < addresses.length; i++) {
        const next = addresses[i] ?? 0n;
        if (next > last + 2n * MARGIN || next >= limit) break;
        last = next;
        flat += flatAt(next);
      }
      const object = this.objectOf(location);
      if (object === undefined) continue;
      // These differences wrap in pprof, so that only the mapping's very ends are kept.
      const begin = BigInt.asUintN(64, start - first) >= MARGIN ? first - MARGIN : start;
      const end = BigInt.asUintN(64, limit - last) >= MARGIN ? last + MARGIN : limit;
      ranges.push({ begin: BigInt.asUintN(64, begin), end, object, flat });
    }
    return ranges;
  }

  private placeRange({ begin, end, object }: AddressRange): void {
    const from = object.addressInFile(begin);
    const code = object.instructions(from, object.addressInFile(end)) ?? [];
    const base = begin - from;
    let [known, knownAt]: [readonly Frame[], bigint] = [[], 0n];
    for (const [i, { address, text, file, line }] of code.entries()) {
      const at = BigInt.asUintN(64, BigInt(address) + base);
      if (at === 0n || (!this.asPprof && this.instructions.has(at))) continue;
      const following = code[i + 1];
      const length = following === undefined ? 1 : following.address - address;
      const found = object.framesAt(at);
      const frames: readonly Frame[] = found.length > 0 ? found : [{ name: '', file, line }];
      const innermost = frames[0];
      const instruction: Instruction = {
        address: at,
        inFile: BigInt(address),
        length,
        text,
        file: innermost?.file ?? '',
        line: innermost?.line ?? 0,
        flat: 0,
        cum: 0,
      };
      const hasLine = innermost !== undefined && innermost.line !== 0;
      if (hasLine) [known, knownAt] = [frames, at];
      const isNear = at - knownAt <= NEIGHBOURHOOD && known.length > 0;
      this.place(instruction, !hasLine && isNear ? known : frames);
    }
  }

  /** Puts an instruction under the lines of those of its frames that are of interest. */
  private place(instruction: Instruction, frames: readonly Frame[]): void {
    this.instructions.set(instruction.address, instruction);
    for (const [i, frame] of frames.entries()) {
      if (!this.interest.functions.has(frame.name)) continue;
      const file = this.fileNamed(cleanFileName(frame.file));
      const calls = frames.slice(0, i).map(({ file: name, line }) => ({ file: name, line }));
      const line = file.lines.get(frame.line);
      const placed = { instruction, calls: calls.reverse() };
      if (line === undefined) file.lines.set(frame.line, [placed]);
      else line.push(placed);
      if (!file.functions.has(frame.line)) file.functions.set(frame.line, frame.name);
    }
  }

  private fileNamed(name: string): FileLines {
    let file = this.files.get(name);
    if (file === undefined) {
      file = { name, lines: new Map(), functions: new Map() };
      this.files.set(name, file);
    }
    return file;
  }
}

const NONE = { start: 0n, limit: 0n };

/** The frames that the profile has for a location. */
function framesOf({ profile }: Report, location: number): Frame[] {
  const { functions, locations, strings } = profile;
  const frames: Frame[] = [];
  const end = locations.lineStart[location + 1] ?? 0;
  for (let at = locations.lineStart[location] ?? 0; at < end; at++) {
    const row = locations.lineFunction[at] ?? -1;
    if (row < 0) continue;
    frames.push({
      name: strings[functions.name[row] ?? 0] ?? '',
      file: strings[functions.filename[row] ?? 0] ?? '',
      line: locations.lineNumber[at] ?? 0,
    });
  }
  return frames;
}

function cleanFileName(name: string): string {
  return cleanPath(name.replace(/^\/proc\/self\/cwd\//, '').replace(/^\.\//, ''));
}
