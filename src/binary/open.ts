/** Bytes of an executable → its sections, whatever the format: ELF, Mach-O or PE. */
import { DecodeError } from '../base/errors.ts';
import { isElf, readElf } from './elf.ts';
import type { Executable } from './executable.ts';
import { isMachO, readMachO } from './macho.ts';
import { isPe, readPe } from './pe.ts';

/** True if the first bytes are those of an executable that `openExecutable` reads. */
export function isExecutable(bytes: Uint8Array): boolean {
  return isElf(bytes) || isMachO(bytes) || isPe(bytes);
}

/**
 * Reads the headers of an executable. `goarch` picks the slice of a universal Mach-O file; its first
 * slice is taken when that is not there. Throws DecodeError (format 'ELF', 'Mach-O', 'PE', or
 * 'executable' for anything else).
 */
export function openExecutable(bytes: Uint8Array, goarch = ''): Executable {
  if (isElf(bytes)) return readElf(bytes);
  if (isMachO(bytes)) return readMachO(bytes, goarch);
  if (isPe(bytes)) return readPe(bytes);
  throw new DecodeError('executable', 0, 'this is neither ELF, Mach-O nor PE');
}
