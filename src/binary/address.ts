/**
 * From an address in a running process to the address in the file, as the linker laid it out.
 *
 * A mapping says where a part of the file was loaded (start, limit, offset in the file); what the
 * loader moved is taken off again. After the rules of github.com/google/pprof internal/elfexec, but
 * through the segment that holds the file offset, which is exact for every ELF layout.
 */
import type { Mapping } from '../profile/profile.ts';
import type { Executable } from './executable.ts';

/** Undefined when the address cannot be of this file. */
export function addressInFile(
  file: Executable,
  mapping: Pick<Mapping, 'start' | 'limit' | 'offset'> | undefined,
  address: bigint,
): number | undefined {
  const exact = exactNumber(address);
  if (exact === undefined) return undefined;
  // A program at a fixed address is never moved; and the runtime writes an empty mapping when it
  // could not read its own.
  if (!file.positionIndependent || mapping === undefined || mapping.limit === 0n) return exact;
  const into = exactNumber(address - mapping.start);
  if (into === undefined) return undefined;
  if (file.format === 'PE') return file.imageBase + into;
  // The runtime's offsets on macOS are not those of the file; the text begins the mapping there.
  const text = file.regions.find((region) => region.executable);
  if (file.format === 'Mach-O') return text === undefined ? undefined : text.address + into;
  const offset = exactNumber(mapping.offset + BigInt(into));
  if (offset === undefined) return undefined;
  const segment = file.regions.find(
    (region) =>
      region.executable && region.offset <= offset && offset < region.offset + region.fileSize,
  );
  return segment === undefined ? undefined : segment.address + (offset - segment.offset);
}

function exactNumber(value: bigint): number | undefined {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
