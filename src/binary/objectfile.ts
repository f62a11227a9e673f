/**
 * A binary at the place where a mapping of a profile loaded it: symbols, lines and instructions by
 * the profile's own addresses.
 *
 * The contract that reports ask for machine code, and its two forms: as Go's pprof sees a binary
 * (cmd/pprof/pprof.go and cmd/internal/objfile of Go 1.26: one frame for each address), and with
 * all inlined frames. Not a reader of files: who opens one passes its bytes on.
 */
import type { Mapping } from '../profile/profile.ts';
import type { Frame } from './inlining.ts';
import type { CodeSymbol } from './symbols.ts';

/** An instruction with the line of the innermost call. */
export interface ObjectInstruction {
  /** In the file. */
  readonly address: number;
  /** '?' = not decodable. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

export interface ObjectFile {
  /** Path that it was opened by. */
  readonly name: string;
  /** From an address of the profile to one in the file; 64 bits that wrap, as in Go. */
  addressInFile(address: bigint): bigint;
  /** Frames at an address of the profile, innermost first; empty where nothing is known. */
  framesAt(address: bigint): readonly Frame[];
  /** Symbols that match, by rising address; undefined when there is no symbol table to ask. */
  symbols(matches: (name: string) => boolean, address?: bigint): readonly CodeSymbol[] | undefined;
  /** Instructions in [start, end) of the file; undefined when they cannot be had. */
  instructions(start: bigint, end: bigint): readonly ObjectInstruction[] | undefined;
}

/** Opens the file of a mapping; or says in one line why that cannot be done. */
export type OpenObject = (mapping: Mapping) => ObjectFile | { readonly error: string };
