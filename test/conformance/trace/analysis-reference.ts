/**
 * What cmd/trace and internal/trace compute of a trace: go-analysis/dump.go, compiled into the
 * toolchain's own command for the time of a build (`go build -overlay`). Nothing in GOROOT changes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goRoot } from './reference.ts';

const cache = join(import.meta.dirname, '../../../.cache/conformance');

/** Times are nanoseconds of the trace's clock; 0 = none. */
export interface ReferenceStats {
  readonly Exec: number;
  readonly Sched: number;
  readonly Syscall: number;
  readonly SyscallBlock: number;
  readonly Total: number;
  readonly Block: Readonly<Record<string, number>>;
  readonly Range: Readonly<Record<string, number>>;
}

export interface ReferenceRegion {
  readonly Name: string;
  readonly Task: number;
  readonly Start: number;
  readonly End: number;
  readonly Stats: ReferenceStats;
}

export interface ReferenceGoroutine {
  readonly ID: number;
  readonly Name: string;
  readonly Creation: number;
  readonly Start: number;
  readonly End: number;
  readonly Stats: ReferenceStats;
  readonly Regions: readonly ReferenceRegion[] | null;
}

export interface ReferenceMmu {
  readonly Series: number;
  readonly Changes: number;
  readonly Windows: readonly number[];
  readonly MMU: readonly number[];
  readonly MUD: readonly (readonly number[])[];
  readonly Worst: readonly (
    | readonly { readonly Time: number; readonly MutatorUtil: number }[]
    | null
  )[];
}

export interface ReferenceAnalysis {
  readonly Goroutines: readonly ReferenceGoroutine[];
  readonly Tasks:
    | readonly {
        readonly ID: number;
        readonly Name: string;
        readonly Parent: number;
        readonly Start: number;
        readonly End: number;
      }[]
    | null;
  readonly MMU: Readonly<Record<string, ReferenceMmu>>;
  /** By query: `name=` a group's synchronization profile, `type=` a region's scheduler latency. */
  readonly Profiles: Readonly<
    Record<
      string,
      readonly {
        readonly Count: number;
        readonly Time: number;
        readonly Stack: readonly string[] | null;
      }[]
    >
  >;
}

/** Undefined where cmd/trace cannot be built. */
export function buildAnalysisReference(): ((path: string) => ReferenceAnalysis) | undefined {
  const root = goRoot();
  if (root === undefined) return undefined;
  mkdirSync(cache, { recursive: true });
  const overlay = join(cache, 'trace-overlay.json');
  const added = join(root, 'src/cmd/trace/dump_for_comparison.go');
  const source = join(import.meta.dirname, 'go-analysis/dump.go');
  writeFileSync(overlay, JSON.stringify({ Replace: { [added]: source } }));
  const binary = join(cache, 'trace-analysis');
  const args = ['build', '-overlay', overlay, '-o', binary, 'cmd/trace'];
  if (spawnSync('go', args, { cwd: root }).status !== 0) return undefined;
  return (path) => {
    const env = { ...process.env, WHYGO_DUMP: path };
    const run = spawnSync(binary, [], { env, maxBuffer: 1 << 29 });
    if (run.status !== 0) throw new Error(run.stderr.toString('utf8'));
    return JSON.parse(run.stdout.toString('utf8'));
  };
}
