/** Builds the program in test/fixtures/binary/target and runs Go's own tools on it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = join(dirname(dirname(fileURLToPath(import.meta.url))), 'fixtures/binary');
const source = join(fixtures, 'target');

export interface Build {
  readonly name: string;
  readonly goos?: string;
  readonly goarch?: string;
  readonly cgo?: boolean;
  /** Extra arguments of `go build`. */
  readonly flags?: readonly string[];
  /** E.g. `go1.22.12`; the Go on the PATH if left out. */
  readonly toolchain?: string;
}

const STRIPPED = ['-ldflags=-s -w'];

/** Builds for the machine itself: their profiles can be recorded. */
export const NATIVE: readonly Build[] = [
  { name: 'native' },
  { name: 'native, stripped', flags: STRIPPED },
  { name: 'native, PIE', flags: ['-buildmode=pie'] },
  { name: 'native, PIE, stripped', flags: ['-buildmode=pie', ...STRIPPED] },
];

export const WITH_CGO: readonly Build[] = [
  { name: 'cgo', cgo: true },
  { name: 'cgo, PIE, stripped', cgo: true, flags: ['-buildmode=pie', ...STRIPPED] },
];

export const CROSS: readonly Build[] = [
  { name: 'linux/amd64', goos: 'linux', goarch: 'amd64' },
  { name: 'linux/arm64', goos: 'linux', goarch: 'arm64' },
  { name: 'windows/amd64', goos: 'windows', goarch: 'amd64' },
  { name: 'darwin/arm64', goos: 'darwin', goarch: 'arm64' },
];

/** Releases that changed the tables. Taken from the module cache only: nothing is downloaded. */
export const TOOLCHAINS = [
  'go1.15.15',
  'go1.16.15',
  'go1.17.13',
  'go1.18.10',
  'go1.19.13',
  'go1.22.12',
  'go1.25.7',
  'go1.27rc1',
] as const;

export function stripped(build: Build): Build {
  const flags = [...(build.flags ?? []), ...STRIPPED];
  return { ...build, name: `${build.name}, stripped`, flags };
}

export const hasGo = spawnSync('go', ['version']).status === 0;
export const hasCompiler = hasGo && spawnSync('gcc', ['--version']).status === 0;

export function hasToolchain(toolchain: string): boolean {
  if (!hasGo) return false;
  const env = { ...process.env, GOENV: 'off', GOFLAGS: '', GOPROXY: 'off', GOTOOLCHAIN: toolchain };
  return spawnSync('go', ['version'], { env }).status === 0;
}

/** A folder that is removed by `dispose`. Builds in it are made once. */
export class Targets {
  readonly folder = mkdtempSync(join(tmpdir(), 'whygo-binary-'));
  private readonly built = new Map<string, string>();

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The path of the built program. */
  path(build: Build): string {
    const known = this.built.get(build.name);
    if (known !== undefined) return known;
    const out = join(this.folder, `target-${this.built.size}`);
    // Flags of 2022 and later mean nothing to the toolchains before.
    const isOld = /^go1\.1[0-7]\./.test(build.toolchain ?? '');
    run('go', ['build', ...(build.flags ?? []), '-o', out, '.'], source, {
      CGO_ENABLED: build.cgo === true ? '1' : '0',
      GOFLAGS: isOld ? '' : '-buildvcs=false',
      GOENV: 'off',
      ...(build.goos === undefined ? {} : { GOOS: build.goos }),
      ...(build.goarch === undefined ? {} : { GOARCH: build.goarch }),
      ...(build.toolchain === undefined ? {} : { GOPROXY: 'off', GOTOOLCHAIN: build.toolchain }),
    });
    this.built.set(build.name, out);
    return out;
  }

  /** The path of the C program, built with these flags of gcc. */
  cProgram(name: string, flags: readonly string[]): string {
    const out = join(this.folder, name);
    run('gcc', ['-O2', ...flags, '-o', out, join(fixtures, 'inlined.c')], fixtures);
    return out;
  }

  bytes(build: Build): Uint8Array {
    return new Uint8Array(readFileSync(this.path(build)));
  }
}

/** What `go tool NAME` prints, given standard input. */
export function goTool(args: readonly string[], input = ''): string {
  return run('go', ['tool', ...args], source, {}, input);
}

export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  input = '',
): string {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  }
  return result.stdout;
}
