/**
 * Names for addresses from the binaries on this machine.
 *
 * doLocalSymbolize of Go 1.26's pprof (internal/symbolizer/symbolizer.go), with its messages. Loaded when a
 * mapping lacks names. By default every address gets the one frame that Go's pprof gives it; with
 * `inlined`, all frames of the calls that were inlined there.
 */
import type { ObjectFile } from '../../binary/objectfile.ts';
import { symbolizeCounting } from '../../binary/symbolize.ts';
import { symbolizeAsGo } from '../../binary/symbolizeasgo.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';
import { basePath } from '../../report/pprof/gotext.ts';
import { Binaries } from './binaries.ts';
import type { PprofIo } from './io.ts';
import type { SymbolizeOptions } from './symbolize.ts';
import { lacksNames, usedMappings } from './unnamed.ts';

export function symbolizeLocally(
  profile: Profile,
  { force, inlined }: Pick<SymbolizeOptions, 'force' | 'inlined'>,
  io: PprofIo,
): Profile {
  const binaries = new Binaries({ inlined });
  const used = usedMappings(profile);
  const objects = new Map<number, ObjectFile>();
  let isMissing = false;
  for (const [index, mapping] of profile.mappings.entries()) {
    if (!used.has(index) || !lacksNames(mapping, force)) continue;
    if (mapping.file === '') {
      if (index === 0) io.message('Main binary filename not available.');
      else isMissing = true;
      continue;
    }
    if (isPseudo(mapping.file) || (mapping.buildId === '' && isHttpUrl(mapping.file))) continue;
    const opened = binaries.open(mapping);
    if ('error' in opened) {
      const build = mapping.buildId === '' ? '' : ` (build ID ${mapping.buildId})`;
      const name = `${basePath(mapping.file)}${build}`;
      io.message(`Local symbolization failed for ${name}: ${opened.error}`);
      isMissing = true;
      continue;
    }
    reportOtherBuild(mapping, opened, io);
    objects.set(index, opened);
  }
  if (isMissing) {
    io.message('Some binary filenames not available. Symbolization may be incomplete.');
    io.message('Try setting PPROF_BINARY_PATH to the search path for local binaries.');
  }
  return inlined ? withInlinedFrames(profile, objects, force) : symbolizeAsGo(profile, objects);
}

function withInlinedFrames(
  profile: Profile,
  objects: ReadonlyMap<number, ObjectFile>,
  force: boolean,
): Profile {
  let named = profile;
  for (const [index, { binary }] of objects) {
    named = symbolizeCounting(named, binary, { force, mappings: [index] }).profile;
  }
  return named;
}

/** pprof says nothing of this, and shows the wrong names. */
function reportOtherBuild(mapping: Mapping, { name, binary }: ObjectFile, io: PprofIo): void {
  const { linkerId, format } = binary.file;
  if (format !== 'ELF' || linkerId === '' || mapping.buildId === '') return;
  if (linkerId === mapping.buildId) return;
  io.message(`${name} is build ${linkerId}, the profile is of build ${mapping.buildId}`);
}

/** Memory that is of no file (profile.Mapping.Unsymbolizable). */
function isPseudo(file: string): boolean {
  return /^(\[|linux-vdso)/.test(basePath(file)) || /^(\/dev\/dri\/|\/\/anon$|\/memfd:)/.test(file);
}

function isHttpUrl(file: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(file) && /^[^:]*http/i.test(file);
}
