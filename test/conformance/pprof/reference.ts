/**
 * Go's own profile package as a child process: builds go/main.go, feeds it profiles in one batch.
 *
 * Needs `go` on the PATH and the module github.com/google/pprof (pinned in go/go.mod), which is
 * downloaded once.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const module = join(import.meta.dirname, 'go');
const root = join(import.meta.dirname, '../../..');

/** Why Go's verdict cannot be had here; undefined when it can. */
export function missingReference(): string | undefined {
  if (spawnSync('go', ['version']).status !== 0) return 'needs go on the PATH';
  const download = spawnSync('go', ['mod', 'download'], { cwd: module, encoding: 'utf8' });
  return download.status === 0 ? undefined : 'needs the Go module github.com/google/pprof';
}

export interface Verdict {
  readonly accepted: boolean;
  /** SHA-256 of the canonical text, or why it was refused. */
  readonly detail: string;
}

/** Asks for verdicts: of every profile in order, or one of them all merged. */
export type Reference = (profiles: readonly Uint8Array[], mode?: 'each' | 'merge') => Verdict[];

/** Builds the reference. */
export function buildReference(): Reference {
  const binary = join(root, '.cache/conformance/canon');
  mkdirSync(join(root, '.cache/conformance'), { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: module, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
  return (profiles, mode = 'each') => {
    const input = Buffer.concat(
      profiles.flatMap((profile) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(profile.length);
        return [length, profile];
      }),
    );
    const run = spawnSync(binary, mode === 'merge' ? ['-merge'] : [], {
      input,
      maxBuffer: 1 << 28,
    });
    if (run.status !== 0) throw new Error(`canon failed: ${run.stderr.toString()}`);
    const lines = run.stdout.toString('utf8').trimEnd().split('\n');
    return lines.map((line) => ({
      accepted: line.startsWith('ok '),
      detail: line.slice(line.indexOf(' ') + 1),
    }));
  };
}

/** Where the pinned module lies: its own test profiles are read from there, never copied. */
export function moduleFolder(): string {
  const list = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/google/pprof'], {
    cwd: module,
    encoding: 'utf8',
  });
  return list.stdout.trim();
}
