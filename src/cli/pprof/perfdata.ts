/**
 * perf.data, by the programs that can read it: perf_to_profile, as pprof does, else perf itself.
 *
 * convertPerfData of Go 1.26's pprof (internal/driver/fetch.go).
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { readFileBounded } from '../inputs.ts';
import type { PprofIo } from './io.ts';

const MAGIC = 'PERFILE2';

export function isPerfData(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
}

/** A profile, or the text of `perf script`. Throws `UserError` when there is neither program. */
export function convertPerfData(path: string, limit: number, io: PprofIo): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'whygo-perf-'));
  const output = join(folder, 'profile');
  try {
    io.message(`Converting ${path} to profile.proto... (May take a few minutes)`);
    const converted = spawnSync('perf_to_profile', ['-i', path, '-o', output, '-f'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (converted.status === 0) return readFileBounded(output, limit);
    if (converted.error === undefined) throw failed(path, 'perf_to_profile', converted.status);
    const text = openSync(output, 'w');
    const script = spawnSync('perf', ['script', '-i', path], { stdio: ['ignore', text, 'ignore'] });
    closeSync(text);
    if (script.status === 0) return readFileBounded(output, limit);
    if (script.error === undefined) throw failed(path, 'perf script', script.status);
    throw new UserError(
      'program-missing',
      `Cannot read ${path}: it is a recording of perf, and neither perf_to_profile nor perf is installed`,
      'install one of them (github.com/google/perf_data_converter), or give what perf script prints',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function failed(path: string, program: string, status: number | null): UserError {
  return new UserError(
    'cannot-decode',
    `Cannot read ${path}: ${program} ended with status ${status ?? 'unknown'}`,
    'check the recording with: perf report',
  );
}
