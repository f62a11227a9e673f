/** Finds where to go on reading a v1 trace that is damaged: batches carry no mark and no length. */
import type { IdTable } from '../idtable.ts';
import { WireError, WireReader } from '../wire.ts';
import { V1, type V1Layout } from './eventtype.ts';

/** Records that must be readable after bytes that look like the start of a batch. */
const RECORDS_TO_TRUST = 8;
/** Ticks that a batch may be away from the batch before, to be trusted: some 40 hours. */
const TICKS_TO_TRUST = 2 ** 42;

/**
 * Where, after an offset, something stands that looks like a batch and the events in it; else the end.
 * `ticks`: the time before, if there is one; `procs`: those seen so far.
 */
export function nextBatch(
  bytes: Uint8Array,
  from: number,
  layout: V1Layout,
  procs: IdTable,
  ticks: number | undefined,
): number {
  for (let pos = from + 1; pos < bytes.length; pos++) {
    if (bytes[pos] !== (V1.Batch | (1 << 6))) continue;
    if (isBatch(new WireReader(bytes, pos + 1, bytes.length), layout, procs, ticks)) return pos;
  }
  return bytes.length;
}

function isBatch(
  reader: WireReader,
  layout: V1Layout,
  procs: IdTable,
  ticks: number | undefined,
): boolean {
  try {
    const proc = reader.uvarint();
    const isPlausible = proc < 0x80 || procs.find(reader.lo, reader.hi) >= 0;
    if (layout.steps === 2) reader.uvarint();
    const away = Math.abs(reader.uvarint() - (ticks ?? 0));
    if (!isPlausible || (ticks !== undefined && away > TICKS_TO_TRUST)) return false;
    for (let i = 0; i < RECORDS_TO_TRUST && reader.pos < reader.end; i++) {
      if (!skipRecord(reader, layout)) return false;
    }
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    // The batch is the last one, and cut.
    return reader.pos >= reader.end;
  }
}

/** False: this is no record. */
function skipRecord(reader: WireReader, { argCount, steps }: V1Layout): boolean {
  const byte = reader.byte();
  const type = byte & 0x3f;
  const inline = byte >> 6;
  if (argCount[type] === 0) return false;
  if (type === V1.String) {
    reader.uvarint();
    reader.pos = reader.uvarint() + reader.pos;
  } else if (inline === 3) {
    reader.pos = reader.uvarint() + reader.pos;
    if (type === V1.UserLog) reader.pos = reader.uvarint() + reader.pos;
  } else {
    if (inline + steps !== argCount[type]) return false;
    for (let i = 0; i < argCount[type]; i++) reader.uvarint();
  }
  return true;
}
