#!/usr/bin/env node
/**
 * The `whygo` command. Nothing but the parser is loaded before it is known what to do.
 *
 * Node's own modules are taken without `import`, which would load all of streams for `node:fs`.
 */
type PprofModule = typeof import('./pprof/main.ts');

const { statSync } = process.getBuiltinModule('node:fs');
process.getBuiltinModule('node:module').enableCompileCache();
const argv = process.argv.slice(2);
if (argv[0] === 'pprof') {
  tuneForReports();
  // pprof's command line has rules of its own.
  const { pprof } = await loadPprof();
  process.exitCode = await pprof(argv.slice(1));
} else if (argv[0] === 'trace') {
  const { trace } = await import('./trace.ts');
  process.exitCode = await trace(argv.slice(1));
} else {
  const { run } = await import('./run.ts');
  process.exitCode = await run(argv);
}

/**
 * Compiles less. Most reports are printed within a fifth of a second, in which V8's best compiler works
 * longer than its code can save: it comes in only where a function is called 100,000 times instead of
 * 3,000, in profiles of many megabytes. Takes a quarter off the processor time of medium ones.
 */
function tuneForReports(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--no-concurrent-recompilation');
  setFlagsFromString('--invocation-count-for-turbofan=100000');
}

/**
 * The modules of pprof, joined into one by the build (scripts/bundle.mjs). In a clone, the TypeScript
 * compiler may have run alone since: then as they are.
 */
async function loadPprof(): Promise<PprofModule> {
  const writtenAt = (path: string) =>
    statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const bundle = '../bundle/pprof.js';
  const compiled = ['node', 'pure'].map((part) => writtenAt(`../../.cache/${part}.tsbuildinfo`));
  if (writtenAt(bundle) <= Math.max(...compiled)) return import('./pprof/main.ts');
  return import(new URL(bundle, import.meta.url).href);
}
