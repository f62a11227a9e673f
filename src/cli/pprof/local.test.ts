import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasGo, NATIVE, Targets } from '../../../test/binary/targets.ts';
import { openGoBinary } from '../../binary/gobinary.ts';
import { profileFromText } from '../../profile/fromtext.ts';
import type { Mapping, Profile } from '../../profile/profile.ts';
import type { PprofIo } from './io.ts';
import { symbolizeLocally } from './local.ts';
import { locateBinaries } from './locate.ts';
import { hasUnnamed } from './unnamed.ts';

const folder = mkdtempSync(join(tmpdir(), 'whygo-local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What was said on standard error. */
const said: string[] = [];
function io(env: Record<string, string> = {}): PprofIo {
  said.length = 0;
  return {
    write: () => undefined,
    message: (text) => said.push(text),
    readStdin: () => new Uint8Array(),
    env: { HOME: join(folder, 'home'), ...env },
    cwd: folder,
    isTerminal: false,
    formatTime: () => '',
    formatLongTime: () => '',
  };
}

const MAIN: Mapping = {
  id: 1n,
  start: 0x400000n,
  limit: 0x500000n,
  offset: 0n,
  file: '/app/server',
  buildId: '',
  hasFunctions: false,
  hasFilenames: false,
  hasLineNumbers: false,
  hasInlineFrames: false,
};

/** One sample at an address, without names. */
function at(address: bigint, mapping: Partial<Mapping>): Profile {
  const profile = profileFromText('f 1');
  const { locations } = profile;
  return {
    ...profile,
    mappings: [{ ...MAIN, ...mapping }],
    locations: {
      ...locations,
      address: locations.address.map(() => address),
      mapping: new Int32Array(locations.length),
      lineStart: new Uint32Array(locations.length + 1),
      lineFunction: new Int32Array(),
      lineNumber: new Float64Array(),
      lineColumn: new Float64Array(),
    },
  };
}

const NONE = { executable: '', buildId: '' };

describe('the binary of a mapping', () => {
  test('is the one on the command line, and so is a missing build ID', async () => {
    const source = { executable: './server', buildId: 'cafe' };
    const located = await locateBinaries(at(1n, {}), source, io());
    expect(located.mappings[0]).toMatchObject({ file: './server', buildId: 'cafe' });
    const other = await locateBinaries(at(1n, { buildId: 'beef' }), source, io());
    expect(other.mappings[0]?.buildId).toBe('beef');
  });

  test('is made up where the profile has no mapping', async () => {
    const bare = { ...at(1n, {}), mappings: [] };
    const located = await locateBinaries(bare, { ...NONE, executable: './server' }, io());
    expect(located.mappings).toMatchObject([{ file: './server', start: 0n }]);
    expect([...located.locations.mapping]).toEqual([0]);
  });
});

describe.skipIf(!hasGo)('a copy on PPROF_BINARY_PATH (needs go on the PATH)', () => {
  let targets: Targets;
  let built = '';
  let linkerId = '';
  beforeAll(() => {
    targets = new Targets();
    const build = NATIVE[0] ?? { name: 'native' };
    built = targets.path(build);
    ({ linkerId } = openGoBinary(targets.bytes(build)).file);
  }, 300_000);
  afterAll(() => targets.dispose());

  test.each([
    ['server', 'by its name'],
    ['app/server', 'by its path'],
    ['app/.debug/server.debug', "where gdb's debug files are"],
  ])('%s is found %s', async (path) => {
    const copies = mkdtempSync(join(folder, 'copies-'));
    mkdirSync(join(copies, path, '..'), { recursive: true });
    copyFileSync(built, join(copies, path));
    const located = await locateBinaries(at(1n, {}), NONE, io({ PPROF_BINARY_PATH: copies }));
    expect(located.mappings[0]?.file).toBe(join(copies, path));
  });

  test('is found by its build ID, and not taken for another build', async () => {
    const copies = mkdtempSync(join(folder, 'builds-'));
    mkdirSync(join(copies, linkerId));
    copyFileSync(built, join(copies, linkerId, 'any-name'));
    copyFileSync(built, join(copies, 'server'));
    const env = { PPROF_BINARY_PATH: copies };
    const found = await locateBinaries(at(1n, { buildId: linkerId }), NONE, io(env));
    expect(found.mappings[0]?.file).toBe(join(copies, linkerId, 'any-name'));
    const other = await locateBinaries(at(1n, { buildId: 'cafe01' }), NONE, io(env));
    expect(other.mappings[0]?.file).toBe('/app/server');
    const mismatch = `build-id mismatch (cafe01 != ${linkerId})`;
    expect(said).toEqual([`Ignoring local file ${join(copies, 'server')}: ${mismatch}`]);
  });

  test('of another build than the profile is told of when its names are used', () => {
    const profile = at(0x401000n, { file: built, buildId: 'cafe01' });
    symbolizeLocally(profile, { force: false, inlined: false }, io());
    expect(said).toEqual([`${built} is build ${linkerId}, the profile is of build cafe01`]);
  });
});

describe('what cannot be symbolized is told as pprof tells it', () => {
  const options = { force: false, inlined: false };
  const MISSING = [
    'Some binary filenames not available. Symbolization may be incomplete.',
    'Try setting PPROF_BINARY_PATH to the search path for local binaries.',
  ];

  test('a main binary without a name', () => {
    symbolizeLocally(at(1n, { file: '' }), options, io());
    expect(said).toEqual(['Main binary filename not available.']);
  });

  test('a file that is not there, or is no binary', () => {
    symbolizeLocally(at(1n, { file: '/nonexistent/server', buildId: 'cafe' }), options, io());
    const gone = 'open /nonexistent/server: no such file or directory';
    expect(said).toEqual([
      `Local symbolization failed for server (build ID cafe): ${gone}`,
      ...MISSING,
    ]);
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'not a binary');
    symbolizeLocally(at(1n, { file: text }), options, io());
    expect(said[0]).toBe(
      `Local symbolization failed for notes.txt: open ${text}: unrecognized object file`,
    );
  });

  test('nothing of memory that is of no file', () => {
    symbolizeLocally(at(1n, { file: '[vdso]' }), options, io());
    expect(said).toEqual([]);
  });

  test('nothing of a profile that has its names', () => {
    expect(hasUnnamed(at(1n, { hasFunctions: true }), false)).toBe(false);
    expect(hasUnnamed(at(1n, { hasFunctions: true }), true)).toBe(true);
    expect(hasUnnamed(at(1n, {}), false)).toBe(true);
  });
});
