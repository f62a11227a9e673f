/**
 * How much CPU the operating system let the process have: its quota (cgroups) and the time that its
 * threads were ready to run without a processor (/proc/PID/task/TID/schedstat).
 *
 * Both come with the metrics of a local process only; what is missing stays undefined.
 */
import { lastMetric, type MetricGrowth, metricGrowth, type ObservedWindow } from './window.ts';

export interface CpuSupply {
  /** Undefined without a quota in force, or without periods in the window. */
  readonly quota: Quota | undefined;
  /** Undefined when the kernel does not tell. */
  readonly delay: RunDelay | undefined;
  /** CPU seconds per second that the process used; undefined when no source tells. */
  readonly used: number | undefined;
  /** 0 = unknown. */
  readonly gomaxprocs: number;
}

export interface Quota {
  /** Cores; undefined when the limit itself was not to be read. */
  readonly cores: number | undefined;
  /** Periods in which the process wanted to run, and those in which it was stopped. */
  readonly periods: number;
  readonly throttled: number;
  /** Seconds stopped per second, summed over CPUs. */
  readonly stopped: number | undefined;
}

export interface RunDelay {
  /** Seconds on a CPU, and seconds ready without one, per second and summed over threads. */
  readonly running: number;
  readonly waiting: number;
  /** Waiting over both. */
  readonly share: number;
}

export function readCpuSupply(window: ObservedWindow): CpuSupply {
  const running = perSecond(metricGrowth(window, 'process_run_seconds_total'));
  const waiting = perSecond(metricGrowth(window, 'process_run_delay_seconds_total'));
  const cpu = perSecond(metricGrowth(window, 'process_cpu_seconds_total'));
  const known = running !== undefined && waiting !== undefined && running + waiting > 0;
  return {
    quota: readQuota(window),
    // Threads that end take their times with them: then a sum may fall.
    delay:
      known && running > 0 && waiting >= 0
        ? { running, waiting, share: waiting / (running + waiting) }
        : undefined,
    used: cpu ?? running,
    gomaxprocs: gomaxprocsOf(window),
  };
}

/** GOMAXPROCS by the last reading that has it; 0 = unknown. */
export function gomaxprocsOf(window: ObservedWindow): number {
  const snapshot = window.observation.metrics.findLast(({ gomaxprocs }) => gomaxprocs > 0);
  return snapshot?.gomaxprocs ?? lastMetric(window, '/sched/gomaxprocs:threads') ?? 0;
}

function readQuota(window: ObservedWindow): Quota | undefined {
  const periods = metricGrowth(window, 'container_cpu_cfs_periods_total')?.value ?? 0;
  const throttled = metricGrowth(window, 'container_cpu_cfs_throttled_periods_total')?.value;
  if (throttled === undefined || periods <= 0) return undefined;
  return {
    cores: lastMetric(window, 'container_cpu_limit_cores'),
    periods,
    throttled,
    stopped: perSecond(metricGrowth(window, 'container_cpu_cfs_throttled_seconds_total')),
  };
}

function perSecond(growth: MetricGrowth | undefined): number | undefined {
  return growth === undefined ? undefined : growth.value / growth.seconds;
}
