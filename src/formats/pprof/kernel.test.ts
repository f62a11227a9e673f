import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import openWabt from 'wabt';
import { SAMPLE_KERNEL } from './kernel.wasm.ts';

describe('the sample kernel', () => {
  test('its bytes are those of samples.wat (node scripts/kernel.mjs makes them anew)', async () => {
    const wabt = await openWabt();
    const file = fileURLToPath(new URL('samples.wat', import.meta.url));
    const text = wabt.parseWat('samples.wat', readFileSync(file, 'utf8'));
    text.validate();
    expect([...SAMPLE_KERNEL]).toEqual([...text.toBinary({}).buffer]);
  });
});
