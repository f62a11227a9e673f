/** `npm run check`: types of every project reference, then lint and format. */
import { join } from 'node:path';
import { root, run, runNode, setup } from './toolchain.mjs';

setup();
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const types = runNode([tsc, '-b']);
const lint = run(join(root, 'node_modules', '.bin', 'biome'), [
  'ci',
  '--error-on-warnings',
  ...(process.stdout.isTTY ? [] : ['--colors=off']),
]);
process.exit(types || lint);
