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
  tuneForReports(argv.slice(1));
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
 * Compiles less. A report on a profile of less than some megabytes is printed within a fifth of a second,
 * in which V8's best compiler (TurboFan) works longer than its code can save; the middle one (Maglev, there
 * from V8 13 on) stays. Takes a quarter off the processor time. What serves or is large keeps both.
 */
function tuneForReports(args: readonly string[]): void {
  if (Number.parseInt(process.versions.v8, 10) < 13) return;
  if (args.some((arg) => /^--?http\b/.test(arg))) return;
  let bytes = 0;
  // A base is named in its flag.
  for (const arg of args) bytes += sizeOf(arg.replace(/^--?(diff_)?base=/, ''));
  if (bytes > 4_000_000) return;
  process.getBuiltinModule('node:v8').setFlagsFromString('--no-turbofan');
}

/** Bytes of a file; 0 for what is none: an expression, or a file whose reader will say what is wrong. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
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
