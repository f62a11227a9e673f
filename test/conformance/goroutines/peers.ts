/**
 * gostackparse and panicparse as child processes: builds go/main.go, gives it files, gets what they
 * read. Needs `go` on the PATH and both modules (pinned in go/go.mod), which are downloaded once.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const module = join(import.meta.dirname, 'go');
const root = join(import.meta.dirname, '../../..');

export const CACHE = join(root, '.cache/conformance');

export type Peer = 'gostackparse' | 'panicparse';

export interface ReadFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface ReadGoroutine {
  readonly id: number;
  readonly state: string;
  readonly waitMinutes: number;
  readonly lockedToThread: boolean;
  readonly stack: readonly ReadFrame[];
  readonly createdBy: ReadFrame | null;
}

export interface Reading {
  readonly goroutines: readonly ReadGoroutine[];
  readonly errors: number;
}

/** Why the peers cannot be had here; undefined when they can. */
export function missingPeers(): string | undefined {
  if (spawnSync('go', ['version']).status !== 0) return 'needs go on the PATH';
  const download = spawnSync('go', ['mod', 'download'], { cwd: module, encoding: 'utf8' });
  return download.status === 0 ? undefined : 'needs the Go modules gostackparse and panicparse';
}

/** Builds them; gives a function that reads files in their order. */
export function buildPeers(): (peer: Peer, files: readonly string[]) => Reading[] {
  const binary = join(CACHE, 'goroutine-peers');
  build(module, binary);
  return (peer, files) => {
    const input = `${files.join('\n')}\n`;
    const run = spawnSync(binary, [peer], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.status !== 0) throw new Error(`${peer} failed: ${run.stderr}`);
    const readings = run.stdout
      .trimEnd()
      .split('\n')
      .map((line): Reading => JSON.parse(line));
    return readings.map(({ goroutines, errors }) => ({
      errors,
      // Go writes an empty slice that was never made as null.
      goroutines: goroutines.map((one) => ({ ...one, stack: one.stack ?? [] })),
    }));
  };
}

export function build(folder: string, binary: string, flags: readonly string[] = []): void {
  mkdirSync(CACHE, { recursive: true });
  const built = spawnSync('go', ['build', '-trimpath', ...flags, '-o', binary, '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`go build failed: ${built.stderr}`);
}

/** Dumps that gostackparse is tested with; read from its module, never copied. */
export function gostackparseFolder(): string {
  const list = spawnSync(
    'go',
    ['list', '-m', '-f', '{{.Dir}}', 'github.com/DataDog/gostackparse'],
    {
      cwd: module,
      encoding: 'utf8',
    },
  );
  return join(list.stdout.trim(), 'test-fixtures');
}
