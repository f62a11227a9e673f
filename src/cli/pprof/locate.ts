/**
 * Which files the mappings of a profile are: those of the command line, and copies on a search path.
 *
 * locateBinaries of Go 1.26's pprof (internal/driver/fetch.go). Unlike the Go tool, whose reader of
 * binaries knows no build IDs, so that it refuses every copy of a binary that has one, ours compares them.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Mapping, Profile } from '../../profile/profile.ts';
import { basePath, splitList } from '../../report/pprof/gotext.ts';
import type { PprofIo } from './io.ts';
import type { Source } from './source.ts';

/** Every location has a mapping then, and the main one the binary and build ID of the command line. */
export async function locateBinaries(
  profile: Profile,
  source: Pick<Source, 'executable' | 'buildId'>,
  io: PprofIo,
): Promise<Profile> {
  let located = await onSearchPath(profile, io);
  if (located.mappings.length === 0) {
    const mapping = new Int32Array(located.locations.length);
    const locations = { ...located.locations, mapping };
    located = { ...located, mappings: [UNKNOWN_MAPPING], locations };
  }
  const { executable, buildId } = source;
  const [main, ...others] = located.mappings;
  if (main === undefined || (executable === '' && buildId === '')) return located;
  const named = {
    ...main,
    file: executable === '' ? main.file : executable,
    buildId: main.buildId === '' ? buildId : main.buildId,
  };
  return { ...located, mappings: [named, ...others] };
}

const UNKNOWN_MAPPING: Mapping = {
  id: 1n,
  start: 0n,
  limit: 0n,
  offset: 0n,
  file: '',
  buildId: '',
  hasFunctions: false,
  hasFilenames: false,
  hasLineNumbers: false,
  hasInlineFrames: false,
};

/** Mappings with the path of a copy below PPROF_BINARY_PATH, where there is one. */
async function onSearchPath(profile: Profile, io: PprofIo): Promise<Profile> {
  const given = io.env.PPROF_BINARY_PATH ?? '';
  const searched = given === '' ? join(io.env.HOME ?? '', 'pprof', 'binaries') : given;
  const folders = splitList(searched).filter(isFolder);
  if (folders.length === 0) return profile;
  const { openBinary } = await import('./binaries.ts');
  const mappings = profile.mappings.map((mapping) => {
    for (const path of folders.flatMap((folder) => candidates(folder, mapping))) {
      const opened = openBinary(path);
      if ('error' in opened) continue;
      const { linkerId } = opened.binary.file;
      if (mapping.buildId === '' || mapping.buildId === linkerId) return { ...mapping, file: path };
      const mismatch = `build-id mismatch (${mapping.buildId} != ${linkerId})`;
      io.message(`Ignoring local file ${path}: ${mismatch}`);
    }
    return mapping;
  });
  return { ...profile, mappings };
}

/** Where a copy may be: by build ID, as perf and LLVM lay them out, by name, and as gdb does. */
function candidates(folder: string, { file, buildId }: Mapping): string[] {
  const name = file === '' ? '' : basePath(file);
  const paths: string[] = [];
  if (buildId !== '') {
    const own = join(folder, buildId);
    paths.push(join(own, name), ...filesIn(own).map((entry) => join(own, entry)));
    paths.push(join(folder, file, buildId));
    paths.push(join(folder, buildId.slice(0, 2), `${buildId.slice(2)}.debug`));
  }
  if (file !== '') {
    const parent = join(file, '..');
    paths.push(join(folder, name), join(folder, file), join(folder, `${file}.debug`));
    paths.push(join(folder, parent, '.debug', `${name}.debug`));
    paths.push(join(folder, 'usr', 'lib', 'debug', parent, `${name}.debug`));
  }
  return paths;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function filesIn(folder: string): string[] {
  return isFolder(folder) ? readdirSync(folder).sort() : [];
}
