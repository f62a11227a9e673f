/**
 * `npm run bench [-- NAME…]`: the benchmarks of perf/, one after the other, each paired with its
 * peer where it has one. NAME is a file of perf/ without its extension.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, runNode, setup } from './toolchain.mjs';

const all = [
  'decode',
  'pprof',
  'page',
  'ingest',
  'ingest-http',
  'flame',
  'goroutines',
  'metrics',
  'top',
  'wall',
  'trace',
  'trace-cli',
  'startup',
];
const chosen = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const flags = process.argv.slice(2).filter((name) => name.startsWith('-'));

setup();
let worst = 0;
for (const name of chosen.length > 0 ? chosen : all) {
  const script = join(root, 'perf', `${name}.ts`);
  if (!existsSync(script)) fail(`No benchmark named ${name}; there are: ${all.join(', ')}`);
  process.stdout.write(`\n── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}\n`);
  worst = Math.max(worst, runNode([script, ...flags]));
}
process.exit(worst);
