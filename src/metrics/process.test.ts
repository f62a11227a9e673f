import { describe, expect, test } from 'vitest';
import { cgroupMetrics, processMetrics } from './process.ts';
import type { Metric } from './snapshot.ts';

const values = (metrics: readonly Metric[]) =>
  Object.fromEntries(metrics.map(({ name, value }) => [name, value]));

describe('files of /proc/PID', () => {
  test('give memory, CPU time, faults, switches and run delay', () => {
    const metrics = processMetrics({
      status: `Name:\tshop\nVmHWM:\t   52000 kB\nVmSize:\t 1234567 kB\nVmRSS:\t   40000 kB
RssAnon:\t   30000 kB\nRssFile:\t   10000 kB\nVmSwap:\t       0 kB\nThreads:\t9
voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t12\n`,
      // Field 14 (utime) is 1234 and field 15 (stime) 66 ticks of 10 ms.
      stat: '77 (a) b (c)) S 1 77 77 0 -1 4194304 1500 0 3 0 1234 66 0 0 20 0 9 0 1303262 3133440',
      schedstats: ['1000000000 250000000 70\n', '500000000 50000000 5\n', 'not a line'],
      openFiles: 14,
      limits:
        'Limit                     Soft Limit\nMax open files            1024      4096   files\n',
    });
    expect(values(metrics)).toEqual({
      process_resident_memory_bytes: 40_960_000,
      process_resident_anonymous_bytes: 30_720_000,
      process_resident_file_bytes: 10_240_000,
      process_resident_memory_peak_bytes: 53_248_000,
      process_virtual_memory_bytes: 1_264_196_608,
      process_swap_bytes: 0,
      process_threads: 9,
      process_voluntary_context_switches_total: 150,
      process_involuntary_context_switches_total: 12,
      process_cpu_seconds_total: 13,
      process_cpu_user_seconds_total: 12.34,
      process_cpu_system_seconds_total: 0.66,
      process_minor_faults_total: 1500,
      process_major_faults_total: 3,
      process_run_seconds_total: 1.5,
      process_run_delay_seconds_total: 0.3,
      process_open_fds: 14,
      process_max_fds: 1024,
    });
  });

  test('that are missing or damaged give nothing', () => {
    expect(processMetrics({})).toEqual([]);
    expect(
      processMetrics({ status: 'VmRSS: x', stat: '1 (a', limits: '', schedstats: [''] }),
    ).toEqual([]);
  });
});

describe('files of a cgroup', () => {
  test('version 2', () => {
    const files = new Map([
      ['cpu.max', '150000 100000\n'],
      ['cpu.stat', 'usage_usec 9\nnr_periods 40\nnr_throttled 10\nthrottled_usec 2500000\n'],
      ['cpu.pressure', 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull total=0\n'],
      ['memory.current', '1000\n'],
      ['memory.max', 'max\n'],
      ['memory.stat', 'anon 600\ninactive_file 300\n'],
      ['memory.events', 'low 0\noom 1\noom_kill 2\n'],
    ]);
    expect(values(cgroupMetrics({ version: 2, files }))).toEqual({
      container_cpu_limit_cores: 1.5,
      container_cpu_cfs_periods_total: 40,
      container_cpu_cfs_throttled_periods_total: 10,
      container_cpu_cfs_throttled_seconds_total: 2.5,
      container_memory_usage_bytes: 1000,
      container_memory_working_set_bytes: 700,
      container_cpu_pressure_seconds_total: 1.5,
      container_oom_kills_total: 2,
    });
  });

  test('version 1, with and without limits', () => {
    const files = new Map([
      ['cpu.cfs_quota_us', '50000'],
      ['cpu.cfs_period_us', '100000'],
      ['cpu.stat', 'nr_periods 4\nnr_throttled 1\nthrottled_time 30000000\n'],
      ['memory.usage_in_bytes', '5000'],
      ['memory.limit_in_bytes', '8000'],
      ['memory.stat', 'cache 1\ntotal_inactive_file 6000\n'],
    ]);
    expect(values(cgroupMetrics({ version: 1, files }))).toEqual({
      container_cpu_limit_cores: 0.5,
      container_cpu_cfs_periods_total: 4,
      container_cpu_cfs_throttled_periods_total: 1,
      container_cpu_cfs_throttled_seconds_total: 0.03,
      container_memory_usage_bytes: 5000,
      container_memory_working_set_bytes: 0,
      container_spec_memory_limit_bytes: 8000,
    });
    const unlimited = new Map([
      ['cpu.cfs_quota_us', '-1'],
      ['cpu.cfs_period_us', '100000'],
      ['memory.limit_in_bytes', '9223372036854771712'],
    ]);
    expect(cgroupMetrics({ version: 1, files: unlimited })).toEqual([]);
  });
});
