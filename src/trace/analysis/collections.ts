/** Garbage collections and stopped worlds: when, how long, and who asked for them. */
import { RangeKind, type Trace } from '../trace.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { Span } from './selection.ts';

export interface Pause {
  readonly start: number;
  /** Nanoseconds. */
  readonly time: number;
  /** As the runtime gives it: "GC mark termination", "read mem stats". */
  readonly reason: string;
  /** The goroutine that stopped the world, and its stack. */
  readonly goroutine: number;
  readonly stack: number;
}

export interface Collections {
  /** Finished mark phases, and their wall time. */
  readonly cycles: number;
  readonly mark: Distribution;
  /** Time of goroutines in assists, and of procs in sweeps. */
  readonly assist: Distribution;
  readonly sweep: Distribution;
  readonly sweptBytes: number;
  readonly reclaimedBytes: number;
  /** Stopped worlds, longest first. */
  readonly pauses: readonly Pause[];
}

export function collectionsOf(trace: Trace, within?: Span): Collections {
  const { ranges, strings } = trace;
  const times: number[][] = [[], [], [], []];
  const pauses: Pause[] = [];
  let sweptBytes = 0;
  let reclaimedBytes = 0;
  for (let row = 0; row < ranges.length; row++) {
    const start = ranges.start[row];
    const time = ranges.end[row] - start;
    if (!(time >= 0)) continue;
    if (within !== undefined && (start < within.start || start >= within.end)) continue;
    const kind = ranges.kind[row];
    times[kind].push(time);
    if (kind === RangeKind.sweep) {
      sweptBytes += ranges.swept[row];
      reclaimedBytes += ranges.reclaimed[row];
    } else if (kind === RangeKind.stopTheWorld) {
      const reason = strings[ranges.reason[row]];
      pauses.push({
        start,
        time,
        reason,
        goroutine: ranges.scope[row],
        stack: ranges.stack[row],
      });
    }
  }
  const of = (kind: number) => distributionOf(Float64Array.from(times[kind]));
  return {
    cycles: times[RangeKind.mark].length,
    mark: of(RangeKind.mark),
    assist: of(RangeKind.markAssist),
    sweep: of(RangeKind.sweep),
    sweptBytes,
    reclaimedBytes,
    pauses: pauses.sort((a, b) => b.time - a.time),
  };
}
