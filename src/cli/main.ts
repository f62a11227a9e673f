#!/usr/bin/env node
/** The `whygo` command. Nothing but the parser is loaded before it is known what to do. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const argv = process.argv.slice(2);
if (argv[0] === 'pprof') {
  // pprof's command line has rules of its own.
  const { pprof } = await import('./pprof/main.ts');
  process.exitCode = await pprof(argv.slice(1));
} else {
  const { run } = await import('./run.ts');
  process.exitCode = await run(argv);
}
