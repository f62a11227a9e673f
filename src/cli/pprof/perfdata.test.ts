/** perf.data through stand-ins for the programs that read it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { timeFormats } from './gotime.ts';
import type { PprofIo } from './io.ts';
import { convertPerfData, isPerfData } from './perfdata.ts';

let folder = '';
let messages: string[] = [];
const path = process.env.PATH;
const times = timeFormats('UTC');
const io: PprofIo = {
  write: () => undefined,
  message: (text) => messages.push(text),
  readStdin: () => new Uint8Array(0),
  env: {},
  cwd: '/',
  isTerminal: false,
  formatTime: times.short,
  formatLongTime: times.long,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whygo-perfdata-'));
  process.env.PATH = folder;
  messages = [];
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const convert = () => Buffer.from(convertPerfData('/x/perf.data', 1 << 20, io)).toString();

describe.skipIf(process.platform === 'win32')('perf.data (needs a shell)', () => {
  test('is known by its first bytes', () => {
    expect(isPerfData(Buffer.from('PERFILE2\x68\0\0'))).toBe(true);
    expect(isPerfData(Buffer.from('PERF'))).toBe(false);
  });

  test('is converted by perf_to_profile, called as pprof calls it', () => {
    program('perf_to_profile', 'echo "$1 $2 $3 $5" > "$4"');
    program('perf', 'echo "not this one"');
    expect(convert()).toBe('-i /x/perf.data -o -f\n');
    expect(messages).toEqual([
      'Converting /x/perf.data to profile.proto... (May take a few minutes)',
    ]);
  });

  test('is read through perf script where that is missing', () => {
    program('perf', 'echo "$*"');
    expect(convert()).toBe('script -i /x/perf.data\n');
  });

  test('is refused with what to install where there is neither', () => {
    expect(convert).toThrow(UserError);
    expect(convert).toThrow('neither perf_to_profile nor perf is installed');
  });

  test('that a program cannot read is refused', () => {
    program('perf_to_profile', 'exit 3');
    expect(convert).toThrow('perf_to_profile ended with status 3');
  });
});
