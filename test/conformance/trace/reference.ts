/**
 * Go's own reader of execution traces, golang.org/x/exp/trace, as a child process: go/main.go.
 *
 * Needs `go` on the PATH and the module golang.org/x/exp (pinned in go/go.mod; it is internal/trace
 * of the toolchain under another name), which is downloaded once.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const module = join(import.meta.dirname, 'go');
const root = join(import.meta.dirname, '../../..');

/** Why Go's reader cannot be had here; undefined when it can. */
export function missingReference(): string | undefined {
  if (spawnSync('go', ['version']).status !== 0) return 'needs go on the PATH';
  const download = spawnSync('go', ['mod', 'download'], { cwd: module, encoding: 'utf8' });
  return download.status === 0 ? undefined : 'needs the Go module golang.org/x/exp';
}

/** Where the toolchain's sources are; undefined without `go`. */
export function goRoot(): string | undefined {
  const env = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' });
  return env.status === 0 ? env.stdout.trim() : undefined;
}

export interface Reading {
  /** Canonical lines; none when only the verdict was asked for. */
  readonly lines: readonly string[];
  /** '' = read to its end, else why not. */
  readonly refusal: string;
}

export type Reference = (traces: readonly Uint8Array[], mode: 'events' | 'verdict') => Reading[];

/** Builds the reference. */
export function buildReference(): Reference {
  const binary = join(root, '.cache/conformance/trace-canon');
  mkdirSync(join(root, '.cache/conformance'), { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: module, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
  return (traces, mode) => {
    const input = Buffer.concat(
      traces.flatMap((trace) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(trace.length);
        return [length, trace];
      }),
    );
    const args = mode === 'verdict' ? ['-verdict'] : [];
    const run = spawnSync(binary, args, { input, maxBuffer: 1 << 30 });
    if (run.status !== 0) throw new Error(`trace-canon failed: ${run.stderr.toString()}`);
    return readings(run.stdout.toString('utf8').trimEnd().split('\n'));
  };
}

function readings(output: readonly string[]): Reading[] {
  const all: Reading[] = [];
  let lines: string[] = [];
  for (const line of output) {
    if (line !== 'ok' && !line.startsWith('refused ')) {
      lines.push(line);
      continue;
    }
    all.push({ lines, refusal: line === 'ok' ? '' : line.slice('refused '.length) });
    lines = [];
  }
  return all;
}
