/** The toolchain's own trace tests: internal/trace/testdata, read from GOROOT, converted here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unquote, wireForm } from './wireform.ts';

export interface ToolchainTest {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What Go's reader must say: undefined = it accepts. */
  readonly failure: RegExp | undefined;
}

/** testdata/tests/*.test: the text form of internal/trace/raw, with what is expected. */
export function toolchainTests(goRoot: string): ToolchainTest[] {
  const folder = join(goRoot, 'src/internal/trace/testdata/tests');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const [, expectation = '', trace = ''] = text.split(/^-- \w+ --\n/m);
      const failure = /^FAILURE (".*")/.exec(expectation)?.[1];
      return {
        name,
        bytes: wireForm(trace),
        failure: failure === undefined ? undefined : new RegExp(unquote(failure).toString('utf8')),
      };
    });
}

/** testdata/fuzz/FuzzReader: inputs that once broke Go's reader. */
export function fuzzCorpus(goRoot: string): { name: string; bytes: Uint8Array }[] {
  const folder = join(goRoot, 'src/internal/trace/testdata/fuzz/FuzzReader');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const literal = /\[\]byte\((".*")\)/.exec(text)?.[1] ?? '""';
      return { name, bytes: unquote(literal) };
    });
}
