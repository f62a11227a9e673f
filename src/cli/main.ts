#!/usr/bin/env node
/** The `whygo` command. Nothing but the parser is loaded before it is known what to do. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
