/** Stacks of a v1 trace, which name strings that may come after them. */
import type { TraceBuilder } from '../builder.ts';
import { globalIndex, type LocalIds, LocalIdsBuilder } from '../localtables.ts';
import { WireError, WireReader } from '../wire.ts';
import type { Scan } from './scan.ts';

/**
 * Interns the stacks of the scan; gives them by the file's ids. A frame is a program counter,
 * function, file and line; Go's reader of 1.11 and later takes the first that names a program
 * counter for all. Before Go 1.7 it is a program counter alone.
 */
export function readStacks(
  scan: Scan,
  bytes: Uint8Array,
  version: number,
  builder: TraceBuilder,
  strings: LocalIds,
): LocalIds {
  const reader = new WireReader(bytes, 0, bytes.length);
  const count = scan.stackLo.length;
  const interned = new Int32Array(count);
  const frameOfPc = version >= 11 ? new Map<number, number>() : undefined;
  const frames = new Uint32Array(1000);
  for (let i = 0; i < count; i++) {
    reader.pos = scan.stackAt.array[i];
    const size = scan.stackSize.array[i];
    try {
      for (let k = 0; k < size; k++) {
        frames[k] = readFrame(reader, version, builder, strings, frameOfPc);
      }
      interned[i] = builder.stacks.intern(frames, size);
    } catch (error) {
      // A number of more than 64 bits: no frames are better than wrong ones.
      if (!(error instanceof WireError)) throw error;
    }
  }
  const ids = new LocalIdsBuilder();
  // Of stacks with one id, the last counts; the table takes the first.
  for (let i = count - 1; i >= 0; i--) {
    ids.add(scan.stackLo.array[i], scan.stackHi.array[i], interned[i], scan.stackAt.array[i]);
  }
  return ids.build(() => {});
}

function readFrame(
  reader: WireReader,
  version: number,
  builder: TraceBuilder,
  strings: LocalIds,
  frameOfPc: Map<number, number> | undefined,
): number {
  const { stacks } = builder;
  reader.uvarint();
  const pc = stacks.pcs.intern(reader.lo, reader.hi);
  if (version < 7) return stacks.internFrame(pc, 0, 0, 0);
  reader.uvarint();
  const func = Math.max(globalIndex(strings, reader.lo, reader.hi), 0);
  reader.uvarint();
  const file = Math.max(globalIndex(strings, reader.lo, reader.hi), 0);
  const line = reader.uvarint();
  const known = frameOfPc?.get(pc);
  if (known !== undefined) return known;
  const frame = stacks.internFrame(pc, func, file, line);
  frameOfPc?.set(pc, frame);
  return frame;
}
