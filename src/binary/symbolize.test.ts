import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Build,
  goTool,
  hasCompiler,
  hasGo,
  hasToolchain,
  NATIVE,
  run,
  Targets,
  TOOLCHAINS,
  WITH_CGO,
} from '../../test/binary/targets.ts';
import { withoutLines } from '../../test/binary/withoutlines.ts';
import { decodePprof, encodePprof } from '../formats/pprof.ts';
import type { Profile } from '../profile/profile.ts';
import { brokenInvariant } from '../profile/validate.ts';
import { openGoBinary } from './gobinary.ts';
import { symbolize, symbolizeCounting } from './symbolize.ts';

let targets: Targets;

beforeAll(() => {
  targets = new Targets();
});
afterAll(() => targets.dispose());

/** Profiles that the built program writes of itself, by name. */
function recordProfiles(build: Build): Map<string, Profile> {
  const path = targets.path(build);
  const folder = `${path}.profiles`;
  mkdirSync(folder, { recursive: true });
  run(path, ['-profiles', folder], folder);
  const names = readdirSync(folder).sort();
  return new Map(
    names.map((name) => {
      const bytes = gunzipSync(readFileSync(join(folder, name)));
      return [name.replace('.pprof', ''), decodePprof(new Uint8Array(bytes))];
    }),
  );
}

/** A location's lines as text, innermost first: `function file:line (from startLine)`. */
function linesOf(profile: Profile, location: number): string[] {
  const { functions, locations, strings } = profile;
  const lines: string[] = [];
  const to = locations.lineStart[location + 1] ?? 0;
  for (let line = locations.lineStart[location] ?? 0; line < to; line++) {
    const row = locations.lineFunction[line] ?? -1;
    const name = strings[functions.name[row] ?? 0];
    const file = strings[functions.filename[row] ?? 0];
    lines.push(`${name} ${file}:${locations.lineNumber[line]} (from ${functions.startLine[row]})`);
  }
  return lines;
}

function allLines(profile: Profile): string[][] {
  return Array.from({ length: profile.locations.length }, (_, i) => linesOf(profile, i));
}

/** The locations as `go tool pprof -raw` prints them. */
function rawLocations(profile: Profile, binary: readonly string[], symbolize: string): string {
  const path = join(targets.folder, `${symbolize}.pb.gz`);
  writeFileSync(path, gzipSync(encodePprof(profile)));
  const printed = goTool(['pprof', '-raw', `-symbolize=${symbolize}`, ...binary, path]);
  return printed.slice(printed.indexOf('\nLocations\n'), printed.indexOf('\nMappings\n'));
}

function expectSameLines(build: Build): void {
  const binary = openGoBinary(targets.bytes(build));
  let inlined = 0;
  for (const [name, recorded] of recordProfiles(build)) {
    const filled = symbolize(withoutLines(recorded), binary);
    expect(allLines(filled), name).toEqual(allLines(recorded));
    expect(brokenInvariant(filled)).toBeUndefined();
    inlined += allLines(recorded).filter((lines) => lines.length > 1).length;
  }
  expect(inlined).toBeGreaterThan(5);
}

describe.skipIf(!hasGo)('symbolizing (needs go on the PATH)', { timeout: 300_000 }, () => {
  for (const build of NATIVE) {
    test(`${build.name}: gives the very lines that the runtime wrote`, () => {
      expectSameLines(build);
    });
  }

  for (const build of WITH_CGO) {
    test.skipIf(!hasCompiler)(`${build.name}: gives the runtime's lines (needs gcc)`, () => {
      expectSameLines(build);
    });
  }

  for (const toolchain of TOOLCHAINS) {
    const isThere = hasToolchain(toolchain);
    test.skipIf(!isThere)(`${toolchain} (in the module cache): gives the runtime's lines`, () => {
      expectSameLines({ name: toolchain, toolchain });
    });
  }

  for (const build of NATIVE.filter(({ name }) => !name.includes('stripped'))) {
    test(`${build.name}: flat, gives what go tool pprof gives`, () => {
      for (const name of ['heap', 'cpu']) {
        const bare = withoutLines(recordProfiles(build).get(name) ?? expect.fail(name));
        const ours = symbolize(bare, openGoBinary(targets.bytes(build)), { inlined: false });
        const binary = [targets.path(build)];
        expect(rawLocations(ours, [], 'none')).toBe(rawLocations(bare, binary, 'local'));
      }
    });
  }

  describe('a heap profile', () => {
    const build = NATIVE[0] ?? { name: 'native' };
    let recorded: Profile;
    let bare: Profile;

    beforeAll(() => {
      recorded = recordProfiles(build).get('heap') ?? expect.fail('there is no heap profile');
      bare = withoutLines(recorded);
    });

    test('keeps samples, stacks and labels, and can be written as pprof', () => {
      const filled = symbolize(bare, openGoBinary(targets.bytes(build)));
      expect(filled.samples).toBe(bare.samples);
      expect(filled.stacks).toBe(bare.stacks);
      expect(filled.labelSets).toBe(bare.labelSets);
      expect(allLines(decodePprof(encodePprof(filled)))).toEqual(allLines(recorded));
    });

    test('says on its mapping what is known now', () => {
      const [mapping] = symbolize(bare, openGoBinary(targets.bytes(build))).mappings;
      expect(mapping).toMatchObject({
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
        hasInlineFrames: true,
      });
    });

    test('says so when an address is in no function', () => {
      const address = bare.locations.address.slice();
      address[0] = 1n;
      const moved = { ...bare, locations: { ...bare.locations, address } };
      const result = symbolizeCounting(moved, openGoBinary(targets.bytes(build)));
      expect(result.unknown).toBe(1);
      expect(result.filled).toBe(bare.locations.length - 1);
      expect(result.profile.mappings[0]?.hasFunctions).toBe(false);
    });

    test('is left alone when the binary is another build', () => {
      const mappings = bare.mappings.map((mapping) => ({ ...mapping, buildId: 'cafe' }));
      const binary = openGoBinary(targets.bytes(build));
      const result = symbolizeCounting({ ...bare, mappings }, binary);
      const knowsBuilds = binary.file.linkerId !== '' && binary.file.format === 'ELF';
      expect(result.otherBuilds).toEqual(knowsBuilds ? [0] : []);
      expect(result.filled).toBe(knowsBuilds ? 0 : bare.locations.length);
    });

    test('keeps lines that are there, unless it is told to replace them', () => {
      const binary = openGoBinary(targets.bytes(build));
      expect(symbolize(recorded, binary)).toBe(recorded);
      const forced = symbolizeCounting(recorded, binary, { force: true });
      expect(forced.filled).toBe(recorded.locations.length);
      expect(forced.profile.functions.length).toBe(recorded.functions.length);
    });

    test('without inlined frames, has one line a location, as go tool pprof gives', () => {
      const binary = openGoBinary(targets.bytes(build));
      const flat = symbolize(bare, binary, { inlined: false });
      expect(allLines(flat).every((lines) => lines.length === 1)).toBe(true);
      expect(flat.mappings[0]?.hasInlineFrames).toBe(false);
    });
  });
});
