import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TraceBuilder } from './builder.ts';
import { FLOAT_SLOT, SLOT, STOP } from './kernel/kernel.ts';
import { bytesSource } from './source.ts';
import type { Trace } from './trace.ts';
import { V2Reader } from './v2reader.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/trace');

/** The kernel leaves every event to the rules in TypeScript. */
function disableKernel({ kernel }: TraceBuilder): void {
  const run = (isAhead: number) => {
    if (isAhead === 1) return STOP.next;
    if (kernel.words[SLOT.heapSize] === 0) return STOP.end;
    const heap = new Int32Array(kernel.buffer, kernel.address(SLOT.heap), 1);
    const time = new Float64Array(kernel.buffer, kernel.address(SLOT.cursorTime), heap[0] + 1);
    if (kernel.floats[FLOAT_SLOT.nextSample] < time[heap[0]]) return STOP.sample;
    if (kernel.words[SLOT.budget] === 0) return STOP.budget;
    return STOP.other;
  };
  Object.defineProperty(kernel, 'run', { value: run });
}

function decode(name: string, withKernel: boolean): Trace {
  const builder = new TraceBuilder({ keepEvents: true });
  if (!withKernel) disableKernel(builder);
  const source = bytesSource(readFileSync(join(fixtures, `${name}.trace`)));
  const reader = new V2Reader(source, builder, { isStrict: false, version: 26, start: 16 });
  reader.read();
  reader.finishEvents();
  return builder.finish({ version: 26, origin: reader.origin, duration: reader.duration });
}

describe('the rules in TypeScript alone', () => {
  test.each(['go1.26', 'leak-go1.26', 'flight-go1.26'])('give the same trace: %s', (name) => {
    const { checkpoints: _, ...slow } = decode(name, false);
    const { checkpoints: __, ...fast } = decode(name, true);
    expect(slow).toEqual(fast);
    expect(fast.eventCount).toBeGreaterThan(1000);
  });
});
