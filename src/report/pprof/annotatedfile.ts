/**
 * One source file of `weblist`: its lines cut into functions, each line with its instructions.
 *
 * sourcePrinter.functions and generateFile (internal/report/source.go of Go 1.26's pprof).
 */
import type {
  AnnotatedFile,
  AnnotatedFunction,
  AnnotatedInstruction,
  AnnotatedLine,
  ReadSource,
} from './sourcemodel.ts';

/** An instruction, or an address of samples whose binary is not there. */
export interface Instruction {
  readonly address: bigint;
  readonly inFile: bigint;
  readonly length: number;
  /** '' = no binary. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  flat: number;
  cum: number;
}

export interface PlacedInstruction {
  readonly instruction: Instruction;
  /** Calls from the line to the instruction, the outermost first. */
  readonly calls: readonly { readonly file: string; readonly line: number }[];
}

/** A file, with the instructions and the function of each of its lines. */
export interface FileLines {
  readonly name: string;
  readonly lines: Map<number, PlacedInstruction[]>;
  readonly functions: Map<number, string>;
}

/** Lines of one function that are nearer than that are shown in one piece. */
const MERGED = 20;
/** Lines shown around those that have instructions. */
const MARGIN = 5;

/** Lines [begin, end) of one function. */
interface Piece {
  readonly name: string;
  begin: number;
  end: number;
  flat: number;
  cum: number;
}

export interface FileOptions {
  /** From the linker's names to those that are shown. */
  readonly shownNames: ReadonlyMap<string, string>;
  readonly readSource: ReadSource;
  /** A line's own value has what was inlined from it too. */
  readonly asPprof: boolean;
}

export function annotatedFile(
  file: FileLines,
  { shownNames, readSource, asPprof }: FileOptions,
): AnnotatedFile {
  const sumOf = (placed: readonly PlacedInstruction[]) => sums(placed, asPprof);
  // A file shows some instructions more than once, and counts them once.
  const distinct = new Map<bigint, PlacedInstruction>();
  for (const placed of file.lines.values()) {
    for (const one of placed) {
      const known = distinct.get(one.instruction.address);
      const isNearer = known === undefined || one.calls.length < known.calls.length;
      if (isNearer) distinct.set(one.instruction.address, one);
    }
  }
  const textOf = lineReader(readSource);
  const functions = piecesOf(file, shownNames, sumOf)
    .filter((piece) => piece.cum !== 0)
    .map((piece) => annotatedFunction(file, piece, textOf, sumOf));
  return { file: file.name, ...sumOf([...distinct.values()]), functions };
}

type SumOf = (placed: readonly PlacedInstruction[]) => { flat: number; cum: number };

type TextOf = (file: string, line: number) => string | undefined;

function lineReader(readSource: ReadSource): TextOf {
  return (file, line) => {
    const source = readSource(file);
    return 'error' in source ? undefined : source.lines[line - 1];
  };
}

function piecesOf(file: FileLines, shownNames: ReadonlyMap<string, string>, sumOf: SumOf): Piece[] {
  const pieces: Piece[] = [];
  for (const line of [...file.lines.keys()].sort((a, b) => a - b)) {
    const linked = file.functions.get(line) ?? '';
    const name = shownNames.get(linked) ?? linked;
    const { flat, cum } = sumOf(file.lines.get(line) ?? []);
    const last = pieces.at(-1);
    if (last !== undefined && last.name === name && line - last.end < MERGED) {
      last.end = line + 1;
      last.flat += flat;
      last.cum += cum;
    } else {
      pieces.push({ name, begin: line, end: line + 1, flat, cum });
    }
  }
  widen(pieces);
  return pieces;
}

/** Adds lines around the pieces; what lies between two is shared out. */
function widen(pieces: readonly Piece[]): void {
  for (const [i, piece] of pieces.entries()) {
    const before = pieces[i - 1];
    if (before !== undefined) {
      const half = Math.min(Math.trunc((piece.begin - before.end) / 2), MARGIN);
      before.end += half;
      piece.begin -= half;
    } else if (piece.begin > MARGIN) {
      piece.begin -= MARGIN;
    } else if (piece.begin > 1) {
      // Line 0 stands for instructions without a line, and stays.
      piece.begin = 1;
    }
  }
  const last = pieces.at(-1);
  if (last !== undefined) last.end += MARGIN;
}

function sums(
  placed: readonly PlacedInstruction[],
  asPprof: boolean,
): { flat: number; cum: number } {
  let [flat, cum] = [0, 0];
  for (const { instruction, calls } of placed) {
    if (asPprof || calls.length === 0) flat += instruction.flat;
    cum += instruction.cum;
  }
  return { flat, cum };
}

function annotatedFunction(
  file: FileLines,
  piece: Piece,
  textOf: TextOf,
  sumOf: SumOf,
): AnnotatedFunction {
  const lines: AnnotatedLine[] = [];
  for (let line = piece.begin; line < piece.end; line++) {
    const placed = file.lines.get(line) ?? [];
    let text = textOf(file.name, line);
    if (text === undefined) {
      if (placed.length === 0) continue;
      text = line === 0 ? '<instructions with unknown line numbers>' : '???';
    }
    const isLive = placed.some(
      ({ calls, instruction }) => calls.length > 0 || instruction.text !== '',
    );
    lines.push({
      line,
      text,
      ...sumOf(placed),
      kind: placed.length === 0 ? 'nop' : isLive ? 'livesrc' : 'deadsrc',
      instructions: isLive ? instructionsOf(placed, textOf) : [],
    });
  }
  return { name: piece.name, file: file.name, flat: piece.flat, cum: piece.cum, lines };
}

function instructionsOf(
  placed: readonly PlacedInstruction[],
  textOf: TextOf,
): AnnotatedInstruction[] {
  let end = 0n;
  return placed.map(({ instruction, calls }) => {
    const startsBlock = instruction.address !== end;
    end = instruction.address + BigInt(instruction.length);
    return {
      address: instruction.inFile,
      text: instruction.text,
      file: instruction.file,
      line: instruction.line,
      flat: instruction.flat,
      cum: instruction.cum,
      startsBlock,
      inlinedCalls: calls.map((call) => ({ ...call, text: textOf(call.file, call.line) ?? '' })),
    };
  });
}
