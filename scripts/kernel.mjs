/** Assembles src/formats/pprof/samples.wat into kernel.wasm.ts: `node scripts/kernel.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openWabt from 'wabt';
import { root } from './toolchain.mjs';

const folder = join(root, 'src', 'formats', 'pprof');
const wabt = await openWabt();
const text = wabt.parseWat('samples.wat', readFileSync(join(folder, 'samples.wat'), 'utf8'));
text.validate();
const bytes = text.toBinary({}).buffer;

const rows = [];
for (let at = 0; at < bytes.length; at += 20)
  rows.push(`  ${[...bytes.subarray(at, at + 20)].join(', ')},`);
writeFileSync(
  join(folder, 'kernel.wasm.ts'),
  `/** The bytes of samples.wat, made by scripts/kernel.mjs; kernel.test.ts compares the two. */
// biome-ignore format: a table of bytes
export const SAMPLE_KERNEL = new Uint8Array([
${rows.join('\n')}
]);
`,
);
process.stdout.write(`${bytes.length} bytes\n`);
