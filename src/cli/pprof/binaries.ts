/**
 * Binaries that profiles name: found, opened once, with a disassembler for their architecture.
 *
 * Disassemblers are loaded when a report needs machine code, and only those that it needs.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { DecodeError } from '../../base/errors.ts';
import type { Disassembler } from '../../binary/disassembly.ts';
import { type GoBinary, openGoBinary } from '../../binary/gobinary.ts';
import { type ObjectFile, objectFile } from '../../binary/objectfile.ts';
import { isExecutable } from '../../binary/open.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';

type Opened = { readonly binary: GoBinary } | { readonly error: string };

export interface BinariesOptions {
  /** All frames of inlined calls, where Go's pprof takes the outermost alone. */
  readonly inlined: boolean;
}

/** Every file is read once, however many profiles and reports ask for it. */
const openedFiles = new Map<string, Opened>();

/** Opens a file, or says why it cannot be opened, in the words of Go's pprof. */
export function openBinary(path: string): Opened {
  let opened = openedFiles.get(path);
  if (opened === undefined) {
    opened = read(path);
    openedFiles.set(path, opened);
  }
  return opened;
}

const withInlinedFrames = new WeakSet<Profile>();

/** Reports on this profile take all frames of inlined calls (-symbolize=inlined). */
export function useInlinedFrames(profile: Profile): void {
  withInlinedFrames.add(profile);
}

export function usesInlinedFrames(profile: Profile): boolean {
  return withInlinedFrames.has(profile);
}

export class Binaries {
  private readonly options: BinariesOptions;
  private readonly disassemblers = new Map<string, Disassembler | undefined>();
  private intelSyntax = false;

  constructor(options: BinariesOptions) {
    this.options = options;
  }

  /** The binary of a mapping, by the path that the mapping names. */
  open(mapping: Mapping): ObjectFile | { readonly error: string } {
    const opened = openBinary(mapping.file);
    if ('error' in opened) return opened;
    const { inlined } = this.options;
    const disassembler = this.disassemblers.get(mapping.file);
    return objectFile(mapping.file, opened.binary, mapping.start, { inlined, disassembler });
  }

  /** Loads what disassembles the binaries of these mappings. */
  async loadDisassemblers(mappings: readonly Mapping[], intelSyntax: boolean): Promise<void> {
    if (intelSyntax !== this.intelSyntax) this.disassemblers.clear();
    this.intelSyntax = intelSyntax;
    for (const { file } of mappings) {
      const opened = openBinary(file);
      if ('error' in opened) continue;
      if (this.disassemblers.has(file)) continue;
      const { disassemblerFor } = await import('./disassemblers.ts');
      const { goarch } = opened.binary.file;
      this.disassemblers.set(file, await disassemblerFor(file, goarch, intelSyntax));
    }
  }
}

function read(path: string): Opened {
  try {
    if (!startsAsExecutable(path)) return { error: `open ${path}: unrecognized object file` };
    const bytes = readFileSync(path);
    const inflate = (zlib: Uint8Array) => new Uint8Array(inflateSync(zlib));
    return { binary: openGoBinary(new Uint8Array(bytes), { inflate }) };
  } catch (error) {
    if (error instanceof DecodeError) return { error: `open ${path}: unrecognized object file` };
    return { error: `open ${path}: ${reasonOf(error)}` };
  }
}

function startsAsExecutable(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(8);
    readSync(file, head, 0, 8, 0);
    return isExecutable(head);
  } finally {
    closeSync(file);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'unrecognized object file';
    case 'ENOTDIR':
      return 'not a directory';
    default:
      return String(error);
  }
}
