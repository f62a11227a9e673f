/** Assembles the WebAssembly kernels from their text: `node scripts/kernel.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openWabt from 'wabt';
import { root } from './toolchain.mjs';

/** Folder under src, text, and the name of its bytes; the bytes go to kernel.wasm.ts. */
const kernels = [
  { folder: 'formats/pprof', text: 'samples.wat', name: 'SAMPLE_KERNEL' },
  { folder: 'trace/kernel', text: 'order.wat', name: 'ORDER_KERNEL' },
];

const wabt = await openWabt();
for (const { folder, text, name } of kernels) {
  const path = join(root, 'src', folder);
  const module = wabt.parseWat(text, readFileSync(join(path, text), 'utf8'));
  module.validate();
  const bytes = module.toBinary({}).buffer;
  const rows = [];
  for (let at = 0; at < bytes.length; at += 20)
    rows.push(`  ${[...bytes.subarray(at, at + 20)].join(', ')},`);
  writeFileSync(
    join(path, 'kernel.wasm.ts'),
    `/** The bytes of ${text}, made by scripts/kernel.mjs; kernel.test.ts compares the two. */
// biome-ignore format: a table of bytes
export const ${name} = new Uint8Array([
${rows.join('\n')}
]);
`,
  );
  process.stdout.write(`${folder}/${text}: ${bytes.length} bytes\n`);
}
