/**
 * The execution traces that perf/trace.ts measures with, recorded on this machine by
 * perf/go/tracegen: `node perf/make-traces.ts`. Needs `go`, and a minute.
 *
 * Written to .cache/perf/ (git-ignored); what is there already is kept.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PERF_CACHE } from './make-profiles.ts';

interface TraceRecipe {
  readonly name: string;
  readonly args: readonly string[];
}

export const TRACE_RECIPES: readonly TraceRecipe[] = [
  // About 20 MB, 4 million events, in 25 generations.
  { name: 'service', args: ['-load', 'service', '-rate', '2000', '-for', '25s'] },
  // About 230 MB, 41 million events, in a few generations.
  { name: 'switches', args: ['-load', 'switches', '-ops', '6700000'] },
];

/** Builds a Go program of perf/go; gives its path. */
export function buildGo(name: string): string {
  const binary = join(PERF_CACHE, name);
  mkdirSync(PERF_CACHE, { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], {
    cwd: join(import.meta.dirname, 'go', name),
    encoding: 'utf8',
  });
  if (build.error !== undefined || build.status !== 0) {
    throw new Error(`Cannot build perf/go/${name}: ${build.error?.message ?? build.stderr}`);
  }
  return binary;
}

/** Path of a recipe's trace, recorded when it is missing. */
export function traceFile(recipe: TraceRecipe): string {
  const file = join(PERF_CACHE, `${recipe.name}.trace`);
  if (existsSync(file)) return file;
  process.stderr.write(`recording ${file}\n`);
  const run = spawnSync(buildGo('tracegen'), [...recipe.args, '-o', file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`tracegen failed: ${run.stderr}`);
  return file;
}

if (import.meta.main) {
  for (const recipe of TRACE_RECIPES) process.stdout.write(`${traceFile(recipe)}\n`);
}
