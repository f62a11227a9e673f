/**
 * Stacks that the runtime cut: their root is missing, and so is what called them.
 *
 * Limits: CPU profiles 64 frames (maxCPUProfStack in runtime/cpuprof.go, all versions to Go 1.27).
 * Heap, block, mutex and goroutine profiles 32 frames (maxStack and Stack0 in
 * runtime/mprof.go, until Go 1.22), 128 since Go 1.23 unless GODEBUG=profstackdepth says otherwise
 * (runtime/extern.go); threadcreate keeps 32 (createstack in runtime/runtime2.go). The leaf's frames in package runtime are taken off heap stacks when they are
 * written (runtime/pprof/protomem.go), and inlined callers of the last frame are put back
 * (proto.go), so that a cut stack is a few frames off the limit.
 */
import { formatShare } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

/** How far below a limit a cut stack may end: allocation functions of the runtime were its leaf. */
const SLACK = 6;
function limitsOf({ kind, goVersion }: Reading): readonly number[] {
  if (kind === 'cpu') return [64];
  if (kind === 'wall') return [];
  if (kind === 'threadcreate') return [32];
  if (goVersion === undefined) return [32, 128];
  return goVersion.minor < 23 ? [32] : [128];
}

/** The limit that the deepest stacks pile up at; undefined when they do not. */
function limitOf(reading: Reading, deepest: number): number | undefined {
  const slack = reading.kind === 'cpu' ? 0 : SLACK;
  return limitsOf(reading).find((limit) => deepest >= limit - slack && deepest <= limit + 8);
}

/** Roots of the stacks that are shallower: where goroutines of this program begin. */
function rootsOf(reading: Reading, depths: readonly number[], below: number): Set<string> {
  const roots = new Set(['runtime.main', 'runtime.goexit', 'runtime.mstart', 'runtime.mcall']);
  depths.forEach((depth, stack) => {
    if (depth > 0 && depth < below) roots.add(reading.rootOf(stack));
  });
  return roots;
}

export function truncatedStacks(reading: Reading): Note | undefined {
  const depths = Array.from(reading.byStack, (value, stack) =>
    value === 0 ? 0 : reading.depthOf(stack),
  );
  const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0);
  const limit = limitOf(reading, deepest);
  if (limit === undefined) return undefined;
  const floor = reading.kind === 'cpu' ? limit : limit - SLACK;
  const roots = rootsOf(reading, depths, floor);
  let stacks = 0;
  const value = reading.valueWhere((stack) => {
    if ((depths[stack] ?? 0) < floor) return false;
    if (roots.has(reading.rootOf(stack))) return false;
    stacks += 1;
    return true;
  });
  if (stacks === 0) return undefined;
  const fixed = reading.kind === 'cpu' || reading.kind === 'threadcreate';
  const instead = fixed ? '' : ' GODEBUG=profstackdepth=N keeps up to 1024 (Go 1.23 and later).';
  const all = depths.filter((depth) => depth > 0).length;
  return {
    id: 'truncated-stacks',
    level: 'caution',
    text: `${formatShare(reading.share(value))} of this is in stacks that the runtime cut at ${limit} frames: their outermost callers are missing, so totals of functions near the root are too low.${instead}`,
    evidence: [
      `${stacks} of ${all} stacks have ${floor} frames or more and begin nowhere`,
      `the deepest has ${deepest} frames, inlined ones included`,
    ],
    source:
      SOURCES[reading.kind] ??
      'runtime/extern.go, profstackdepth; until Go 1.22 runtime/mprof.go, maxStack',
  };
}

const SOURCES: Readonly<Record<string, string>> = {
  cpu: 'runtime/cpuprof.go, maxCPUProfStack',
  threadcreate: 'runtime/runtime2.go, createstack',
};
