/**
 * Mangled names through ours and through the package that pprof uses, with the options that pprof passes:
 * that package's own test names, read from the module cache, and malformed names made of them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DemangleMode, demangle } from '../../../src/binary/demangle/demangle.ts';
import { encodePprof } from '../../../src/formats/pprof.ts';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import type { Profile } from '../../../src/profile/profile.ts';
import { buildPprof, goVersion } from '../pprof-cli/peer.ts';

const module = join(import.meta.dirname, 'go');
const binary = join(import.meta.dirname, '../../../.cache/conformance/demangle');
const MODES: readonly DemangleMode[] = ['simple', 'templates', 'full'];

function missingPeer(): string | undefined {
  if (spawnSync('go', ['version']).status !== 0) return 'needs go on the PATH';
  mkdirSync(join(binary, '..'), { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: module, encoding: 'utf8' });
  return build.status === 0 ? undefined : 'needs the Go module github.com/ianlancetaylor/demangle';
}

/** What the peer gives for each name, by mode. */
function peerAnswers(names: readonly string[]): unknown[] {
  const run = spawnSync(binary, { input: `${names.join('\n')}\n`, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`demangle failed: ${run.stderr.toString()}`);
  const lines = run.stdout.toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** Every mangled name in the peer's test data. */
function peerNames(): string[] {
  const list = ['list', '-m', '-f', '{{.Dir}}', 'github.com/ianlancetaylor/demangle'];
  const folder = spawnSync('go', list, { cwd: module, encoding: 'utf8' }).stdout.trim();
  const files = [
    'testdata/demangle-expected',
    'testdata/rust-demangle-expected',
    'testdata/rust.test',
    'cases_test.go',
    'demangle_test.go',
  ];
  const names = files.flatMap((file) =>
    Array.from(
      readFileSync(join(folder, file), 'utf8').matchAll(/_+(?:Z|R|GLOBAL_)[\w.$]+/g),
      ([name]) => name,
    ),
  );
  return [...new Set(names)];
}

/** Names that are spoilt: letters lost, exchanged, and parts of others put in. */
function spoilt(names: readonly string[], count: number): string[] {
  let seed = 20260;
  const below = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const pick = () => names[below(names.length)] ?? '';
  return Array.from({ length: count }, () => {
    let name = pick();
    for (let edits = 1 + below(3); edits > 0; edits--) {
      const at = 3 + below(name.length);
      const other = pick();
      const start = 2 + below(other.length);
      const put = [
        '',
        'SITEPKRNXLZJDAMCF_0123456789'.charAt(below(28)),
        other.slice(start, start + 20),
      ][below(3)];
      name = `${name.slice(0, at)}${put}${name.slice(at + below(4))}`.slice(0, 2000);
    }
    return name;
  });
}

function differences(names: readonly string[]): string[] {
  const answers = peerAnswers(names);
  return names.filter((name, index) => {
    const ours = MODES.map((mode) => demangle(name, mode) ?? name);
    return JSON.stringify(ours) !== JSON.stringify(answers[index]);
  });
}

/** A profile of one sample for each name; every tenth function has a name that somebody has read. */
function profileOfNames(names: readonly string[]): Profile {
  const builder = new ProfileBuilder([{ type: 'samples', unit: 'count' }]);
  const mapping = builder.symbols.mapping({
    id: 1n,
    start: 0x1000n,
    limit: 0x9000000n,
    offset: 0n,
    file: 'program',
    buildId: '',
    hasFunctions: true,
    hasFilenames: true,
    hasLineNumbers: true,
    hasInlineFrames: true,
  });
  names.forEach((systemName, index) => {
    const name = index % 10 === 0 ? `ns::read<${index}>(int)` : systemName;
    const fn = builder.symbols.function({ name, systemName, filename: '', startLine: 0 });
    const lines = [{ function: fn, line: 0, column: 0 }];
    const address = BigInt(0x1000 + index);
    const location = builder.symbols.location({ mapping, address, isFolded: false, lines });
    builder.add([location], [1_000_000 - index]);
  });
  return builder.finish();
}

const missing = missingPeer();

describe.skipIf(missing !== undefined)(
  `demangling against the peer (${missing ?? 'present'})`,
  () => {
    test('gives the same for its own test names', () => {
      const names = peerNames();
      const different = differences(names);
      console.log(`demangle: ${names.length - different.length} of ${names.length} names equal`);
      expect(names.length).toBeGreaterThan(25_000);
      // Fuzzers' names, in which the peer's qualified function types become part of themselves.
      expect(different.length).toBeLessThanOrEqual(3);
    });

    test('gives the same for malformed names', () => {
      const names = spoilt(peerNames(), 10_000);
      const different = differences(names);
      console.log(
        `demangle: ${names.length - different.length} of ${names.length} malformed equal`,
      );
      expect(different.length).toBeLessThanOrEqual(3);
    });

    test.for(['', 'force', 'demangle=none', 'demangle=templates', 'demangle=full', 'none'])(
      'shows the functions of a profile as pprof does, -symbolize=%s',
      { timeout: 60_000 },
      (symbolize) => {
        const names = peerNames().filter((_, index) => index % 20 === 0);
        const path = join(mkdtempSync(join(tmpdir(), 'demangle-')), 'profile.pb');
        writeFileSync(path, encodePprof(profileOfNames(names)));
        const args = ['-top', '-nodefraction=0', `-symbolize=${symbolize}`, path];
        const output = (command: string, before: readonly string[]) =>
          spawnSync(command, [...before, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
        const main = join(import.meta.dirname, '../../../src/cli/main.ts');
        const theirs = output(buildPprof(goVersion() ?? ''), []);
        expect(theirs.length).toBeGreaterThan(10_000);
        expect(output(process.execPath, [main, 'pprof']).split('\n')).toEqual(theirs.split('\n'));
      },
    );
  },
);
