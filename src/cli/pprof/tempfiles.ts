/** Files that pprof names itself: copies of fetched profiles, binary output (internal/driver/tempfile.go). */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PprofError, type PprofIo } from './io.ts';

/** The folder for copies: PPROF_TMPDIR, else ~/pprof, else the system's. */
export function temporaryFolder(io: PprofIo): string {
  const candidates = [
    io.env.PPROF_TMPDIR ?? '',
    io.env.HOME === undefined ? join(homedir(), 'pprof') : join(io.env.HOME, 'pprof'),
    tmpdir(),
  ];
  for (const folder of candidates) {
    if (folder === '') continue;
    try {
      mkdirSync(folder, { recursive: true });
      return folder;
    } catch (error) {
      io.message(`Could not use temp dir ${folder}: ${String(error)}`);
    }
  }
  throw new PprofError('failed to identify temp dir');
}

/** Creates the first free file of a series: `prefix001suffix`, `prefix002suffix`, … */
export function createNumbered(folder: string, prefix: string, suffix: string): string {
  for (let index = 1; index < 10_000; index++) {
    const path = join(folder, `${prefix}${String(index).padStart(3, '0')}${suffix}`);
    try {
      closeSync(openSync(path, 'wx'));
      return path;
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!exists) throw new PprofError(`could not create ${path}: ${String(error)}`);
    }
  }
  throw new PprofError(`could not create file of the form ${prefix}NNN${suffix} in ${folder}`);
}
