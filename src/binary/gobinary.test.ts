import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Build,
  CROSS,
  goTool,
  hasCompiler,
  hasGo,
  hasToolchain,
  run,
  stripped,
  Targets,
  TOOLCHAINS,
  WITH_CGO,
} from '../../test/binary/targets.ts';
import { type GoBinary, openGoBinary } from './gobinary.ts';
import type { LineTable } from './pclntab.ts';

let targets: Targets;

beforeAll(() => {
  targets = new Targets();
});
afterAll(() => targets.dispose());

function tableOf(binary: GoBinary): LineTable {
  if (binary.tables === undefined) throw new Error('the binary has no line table');
  return binary.tables.table;
}

/** Addresses all over a binary: every function's first byte and every 40th behind it. */
function addresses(table: LineTable): number[] {
  const all: number[] = [];
  for (let i = 0; i < table.functionCount; i++) {
    for (let at = table.entry(i); at < table.end(i); at += 40) all.push(at);
  }
  return all;
}

function expectSameAsAddr2line(build: Build): void {
  const binary = openGoBinary(targets.bytes(build));
  const asked = addresses(tableOf(binary));
  expect(asked.length).toBeGreaterThan(10_000);
  const input = asked.map((at) => `0x${at.toString(16)}\n`).join('');
  const wanted = goTool(['addr2line', targets.path(build)], input)
    .trimEnd()
    .split('\n');
  const different: string[] = [];
  asked.forEach((at, i) => {
    const ours = binary.lineAt(at);
    // Not a function; it has no lines, for which debug/gosym prints those of another.
    if (ours?.name === 'go:buildid') return;
    // Padding between functions has no line: it prints -1 where we say 0, unknown.
    const theirs = `${wanted[2 * i]} ${wanted[2 * i + 1]?.replace(/:-1$/, ':0')}`;
    if (`${ours?.name} ${ours?.file}:${ours?.line}` !== theirs) different.push(theirs);
    const [innermost] = binary.framesAt(at);
    expect(innermost?.line).toBe(ours?.line);
  });
  expect(different).toEqual([]);
}

function namesAt(binary: GoBinary, within: string, innermost: string): string[] {
  const table = tableOf(binary);
  for (let i = 0; i < table.functionCount; i++) {
    if (table.name(i) !== within) continue;
    for (let at = table.entry(i); at < table.end(i); at++) {
      const names = binary.framesAt(at).map((frame) => frame.name);
      if (names[0] === innermost) return names;
    }
  }
  return [];
}

describe.skipIf(!hasGo)('a Go binary (needs go on the PATH)', { timeout: 300_000 }, () => {
  for (const build of CROSS) {
    describe(build.name, () => {
      test('gives every address the function, file and line of go tool addr2line', () => {
        expectSameAsAddr2line(build);
      });

      test('gives inlined calls, innermost first', () => {
        const binary = openGoBinary(targets.bytes(build));
        expect(namesAt(binary, 'main.work', 'main.deepest')).toEqual([
          'main.deepest',
          'main.outer',
          'main.middle',
          'main.work',
        ]);
      });

      test('has the symbols of go tool nm', () => {
        const { file } = openGoBinary(targets.bytes(build));
        const ours = file
          .symbols()
          .filter((symbol) => symbol.kind === 'text')
          .map((symbol) => `${symbol.address.toString(16)} ${symbol.name}`);
        const theirs = goTool(['nm', targets.path(build)])
          .split('\n')
          .map((line) => /^\s*([0-9a-f]+) [Tt] (.*)$/.exec(line))
          .flatMap((match) => (match === null ? [] : [`${match[1]} ${match[2]}`]));
        expect(ours.length).toBeGreaterThan(1000);
        expect(ours.sort()).toEqual(theirs.sort());
      });

      test('loses nothing but its symbols when it is stripped', () => {
        const whole = tableOf(openGoBinary(targets.bytes(build)));
        const binary = openGoBinary(targets.bytes(stripped(build)));
        const bare = tableOf(binary);
        expect(bare.functionCount).toBe(whole.functionCount);
        for (let i = 0; i < bare.functionCount; i++) {
          expect(bare.name(i)).toBe(whole.name(i));
          expect(bare.entry(i)).toBe(whole.entry(i));
        }
        expect(namesAt(binary, 'main.work', 'main.deepest')).toHaveLength(4);
      });

      test('says what go version -m and go tool buildid say', () => {
        const binary = openGoBinary(targets.bytes(build));
        const { buildInfo } = binary;
        const printed = run('go', ['version', '-m', targets.path(build)], '.');
        const lines = printed.trimEnd().split('\n').slice(1);
        const ours = [`\tpath\t${buildInfo?.path}`];
        if (buildInfo?.main) {
          const { path, version, sum } = buildInfo.main;
          ours.push(`\tmod\t${path}\t${version}\t${sum}`);
        }
        for (const [key, value] of buildInfo?.settings ?? []) ours.push(`\tbuild\t${key}=${value}`);
        expect(ours).toEqual(lines);
        expect(printed.split('\n')[0]).toContain(`: ${buildInfo?.goVersion}`);
        expect(`${binary.goBuildId}\n`).toBe(goTool(['buildid', targets.path(build)]));
      });
    });
  }

  for (const build of [WITH_CGO[0]]) {
    test.skipIf(!hasCompiler || build === undefined)(
      'with cgo, names Go functions behind C code (needs gcc)',
      () => {
        if (build === undefined) return;
        const binary = openGoBinary(targets.bytes(build));
        const table = tableOf(binary);
        const symbols = new Map(binary.file.symbols().map((s) => [s.name, s.address]));
        for (let i = 0; i < table.functionCount; i++) {
          const address = symbols.get(table.name(i));
          if (address !== undefined && table.name(i).startsWith('main.')) {
            expect(table.entry(i), table.name(i)).toBe(address);
          }
        }
        expect(namesAt(binary, 'main.work', 'main.deepest')).toHaveLength(4);
      },
    );
  }
});

for (const toolchain of TOOLCHAINS) {
  describe.skipIf(!hasToolchain(toolchain))(
    `a binary of ${toolchain} (needs that toolchain in the module cache)`,
    { timeout: 300_000 },
    () => {
      test('gives every address the function, file and line of go tool addr2line', () => {
        expectSameAsAddr2line({ name: toolchain, toolchain });
      });
    },
  );
}
