/**
 * Source and machine code with their values, as data: what `list`, `weblist` and `disasm` print, and
 * what the page draws.
 *
 * Types only. They are made by list.ts (`listSource`), annotate.ts (`annotateSource`) and assembly.ts
 * (`listAssembly`). Values are the sample type's own unit, divided already with -mean; formatting is
 * the printers' and the page's job.
 */

/** Lines of a source file, or why it cannot be read. */
export type SourceFile = { readonly lines: readonly string[] } | { readonly error: string };

/** Finds and reads a source file by the name that the profile has for it. */
export type ReadSource = (path: string) => SourceFile;

/** What every row has. */
export interface Values {
  readonly flat: number;
  readonly cum: number;
}

/** `list`: functions by name, each with the lines of each of its files. */
export interface SourceListing {
  readonly total: number;
  readonly routines: readonly SourceRoutine[];
}

export interface SourceRoutine extends Values {
  readonly name: string;
  /** '' = the profile names none; then there are no lines. */
  readonly file: string;
  readonly lines: readonly SourceRow[];
  /** Why the file cannot be read; '' = it was. */
  readonly error: string;
}

export interface SourceRow extends Values {
  readonly line: number;
  readonly text: string;
}

/** `disasm`: symbols of the binaries by name, each with its instructions. */
export interface AssemblyListing {
  readonly total: number;
  readonly routines: readonly AssemblyRoutine[];
  /** Why binaries could not be opened, a line each. */
  readonly problems: readonly string[];
  /** Symbols that matched, with samples or without. */
  readonly candidates: number;
}

export interface AssemblyRoutine extends Values {
  readonly name: string;
  /** The binary's file. */
  readonly binary: string;
  /** GOARCH of the binary. */
  readonly architecture: string;
  /** Undefined when there is no disassembler for the architecture. */
  readonly instructions: readonly AssemblyRow[] | undefined;
}

export interface AssemblyRow extends Values {
  /** In the file. */
  readonly address: bigint;
  readonly text: string;
  /** Of the samples; '' = not told. */
  readonly function: string;
  /** Last element of the path; '' = unknown. */
  readonly file: string;
  /** 0 or -1 = unknown. */
  readonly line: number;
}

/** `weblist`: source files with the functions of interest, and the instructions of every line. */
export interface AnnotatedSource {
  readonly total: number;
  readonly files: readonly AnnotatedFile[];
}

export interface AnnotatedFile extends Values {
  readonly file: string;
  readonly functions: readonly AnnotatedFunction[];
}

export interface AnnotatedFunction extends Values {
  readonly name: string;
  readonly file: string;
  readonly lines: readonly AnnotatedLine[];
}

export interface AnnotatedLine extends Values {
  /** 0 = instructions whose line is not known. */
  readonly line: number;
  readonly text: string;
  /** 'nop' has no machine code; 'deadsrc' has samples but none that can be shown. */
  readonly kind: 'nop' | 'deadsrc' | 'livesrc';
  /** By rising address within a block; empty unless 'livesrc'. */
  readonly instructions: readonly AnnotatedInstruction[];
}

export interface AnnotatedInstruction extends Values {
  /** In the file; of the profile where there is no binary. */
  readonly address: bigint;
  /** '' = there is no binary: the address stands for its samples alone. */
  readonly text: string;
  /** Whole path and line of the innermost call; '' and 0 = unknown. */
  readonly file: string;
  readonly line: number;
  /** It does not follow the instruction before it in the list. */
  readonly startsBlock: boolean;
  /** Calls that were inlined here, the outermost first. */
  readonly inlinedCalls: readonly InlinedCallSite[];
}

export interface InlinedCallSite {
  readonly file: string;
  readonly line: number;
  /** The source line; '' = cannot be read. */
  readonly text: string;
}
