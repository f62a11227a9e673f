/** The recorded forms of runtime metrics → snapshots, one recording and target at a time. */
import { DecodeError } from '../base/errors.ts';
import { decodeAgentMetrics } from '../metrics/agent.ts';
import { decodeExpvar } from '../metrics/expvar.ts';
import { decodeGodebug } from '../metrics/godebug/history.ts';
import { decodeMemStats, type MemStatsReading, PauseHistogram } from '../metrics/memstats.ts';
import { decodePrometheus } from '../metrics/prometheus.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { RecordedFormat } from './manifest.ts';
import { isRuntimeFamily } from './metrics-source.ts';

/** Give the snapshots of one process in the order of time. */
export class RecordedMetrics {
  readonly #pauses = new PauseHistogram();

  /** `plain` is not compressed. Throws DecodeError. */
  decode(plain: Uint8Array, format: RecordedFormat, timeNanos: bigint): MetricSnapshot {
    const text = new TextDecoder().decode(plain);
    switch (format) {
      case 'agent-json':
        return { ...decodeAgentMetrics(text).snapshot, timeNanos };
      case 'prometheus':
        return decodePrometheus(text, timeNanos, { keep: isRuntimeFamily }).snapshot;
      case 'expvar':
        return this.#withPauses(decodeExpvar(text, timeNanos));
      case 'memstats':
        return this.#withPauses(decodeMemStats(text, timeNanos));
      case 'godebug':
        return { ...decodeGodebug(text, timeNanos).snapshot, timeNanos };
      default:
        throw new DecodeError('metrics', 0, `${format} holds no metrics`);
    }
  }

  #withPauses(reading: MemStatsReading): MetricSnapshot {
    const pauses = this.#pauses.add(reading);
    const metrics = new Map(reading.snapshot.metrics).set(pauses.name, pauses);
    return { ...reading.snapshot, metrics };
  }
}
