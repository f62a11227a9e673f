/**
 * Futile wake-ups: a goroutine woke, found what it waited for taken by another, and blocked again.
 *
 * Recorders of old mark them with FutileWakeup; Go 1.21's reader leaves them out, block, unblock and
 * start (removeFutile in its parser.go), and so do we. Tracing may begin within one, and the
 * goroutine may be preempted meanwhile.
 */
import { V1 } from './eventtype.ts';
import type { RawEvents } from './rawevents.ts';

/** The order without futile wake-ups. */
export function withoutFutile(events: RawEvents, order: Uint32Array): Uint32Array {
  const isFutile = markFutile(events, order);
  return order.filter((row) => isFutile[row] === 0);
}

interface WakeUp {
  rows: number[];
  isFutile: boolean;
}

function markFutile(events: RawEvents, order: Uint32Array): Uint8Array {
  const { type, goroutine, target } = events;
  const marks = new Uint8Array(events.length);
  const wakeUps = new Map<number, WakeUp>();
  const of = (g: number): WakeUp => {
    const known = wakeUps.get(g) ?? { rows: [], isFutile: false };
    wakeUps.set(g, known);
    return known;
  };
  for (const row of order) {
    switch (type[row]) {
      case V1.GoUnblock:
      case V1.GoUnblockLocal:
        of(target[row]).rows = [row];
        break;
      case V1.GoStart:
      case V1.GoStartLocal:
      case V1.GoPreempt:
        of(goroutine[row]).rows.push(row);
        break;
      case V1.FutileWakeup:
        of(goroutine[row]).rows.push(row);
        of(goroutine[row]).isFutile = true;
        break;
      case V1.GoBlock:
      case V1.GoBlockSend:
      case V1.GoBlockRecv:
      case V1.GoBlockSelect:
      case V1.GoBlockSync:
      case V1.GoBlockCond: {
        const wakeUp = wakeUps.get(goroutine[row]);
        if (wakeUp?.isFutile) for (const other of [...wakeUp.rows, row]) marks[other] = 1;
        wakeUps.delete(goroutine[row]);
      }
    }
  }
  return marks;
}
