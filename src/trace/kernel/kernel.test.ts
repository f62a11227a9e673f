import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import openWabt from 'wabt';
import { EventType } from '../eventtype.ts';
import { GoCause, GoState, ProcState } from '../statetrack.ts';
import { FLOAT_SLOT, SLOT, STOP } from './kernel.ts';
import { ORDER_KERNEL } from './kernel.wasm.ts';

const file = fileURLToPath(new URL('order.wat', import.meta.url));
const source = readFileSync(file, 'utf8');

describe('the kernel of the event loop', () => {
  test('its bytes are those of order.wat (node scripts/kernel.mjs makes them anew)', async () => {
    const wabt = await openWabt();
    const text = wabt.parseWat('order.wat', source);
    text.validate();
    expect([...ORDER_KERNEL]).toEqual([...text.toBinary({}).buffer]);
  });

  test('its numbers are those of TypeScript', () => {
    const row = (state: number, cause: number) => state | (cause << 3);
    const states = [
      row(GoState.running, GoCause.started),
      row(GoState.waiting, GoCause.blocked),
      row(GoState.runnable, GoCause.stopped),
      row(GoState.runnable, GoCause.unblocked),
      row(GoState.syscall, GoCause.syscallBegin),
      row(GoState.running, GoCause.syscallEnd),
      row(GoState.runnable, GoCause.syscallEndBlocked),
      row(GoState.notExist, GoCause.ended),
    ];
    const written = source.matchAll(/local\.set \$state \(i32\.const (\d+)\)/g);
    expect(Array.from(written, ([, number]) => Number(number)).toSorted()).toEqual(
      states.toSorted(),
    );
    const procStates = source.matchAll(/local\.set \$procState \(i32\.const (\d+)\)/g);
    expect(Array.from(procStates, ([, number]) => Number(number))).toEqual([
      0,
      ProcState.syscall,
      ProcState.running,
    ]);
    const reasons = source.matchAll(/local\.set \$why \(i32\.const (\d+)\)/g);
    const stops: readonly number[] = Object.values(STOP);
    expect(Array.from(reasons, ([, number]) => Number(number)).toSorted()).toEqual(
      stops.toSorted(),
    );
    expect([EventType.GoLabel, EventType.UserLog]).toEqual([39, 44]);
    expect(EventType.HeapAlloc).toBe(37);
    expect(EventType.GoStart).toBe(16);
  });

  test('its addresses are the slots', () => {
    const slots = new Set<number>([
      ...Object.values(SLOT).map((slot) => 4 * slot),
      // Rows of the two tracks: resource, start, state, a, b.
      ...[SLOT.rows, SLOT.procRows].flatMap((slot) => [1, 2, 3, 4].map((i) => 4 * (slot + i))),
      ...Object.values(FLOAT_SLOT).map((slot) => 8 * slot),
    ]);
    const used = source.matchAll(/offset=(\d+) \(i32\.const 0\)/g);
    for (const [, offset] of used) expect(slots).toContain(Number(offset));
  });
});
