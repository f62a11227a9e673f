/**
 * What Linux knows of a process: the text of its files in /proc and of its cgroup → metrics.
 *
 * Pure: the texts are passed in (src/collect/local-process.ts reads them). Names are those of
 * Prometheus's process collector and of cAdvisor where these have one. A file that is missing or of
 * another shape gives no metric; nothing is guessed. Sources: man 5 proc_pid_stat, proc_pid_status,
 * Documentation/scheduler/sched-stats.rst, Documentation/admin-guide/cgroup-v1/{cpuacct,memory}.rst
 * and cgroup-v2.rst of Linux 6.
 */
import type { Metric } from './snapshot.ts';

/** Contents of files; a file that could not be read is left out. */
export interface ProcessFiles {
  /** /proc/PID/status */
  readonly status?: string;
  /** /proc/PID/stat */
  readonly stat?: string;
  /** /proc/PID/task/TID/schedstat of every thread. */
  readonly schedstats?: readonly string[];
  /** Number of open files, and its limit (/proc/PID/fd, /proc/PID/limits). */
  readonly openFiles?: number;
  readonly limits?: string;
}

export interface CgroupFiles {
  readonly version: 1 | 2;
  /** File name → contents: `cpu.stat`, `cpu.max` or `cpu.cfs_quota_us` …, `memory.stat` … */
  readonly files: ReadonlyMap<string, string>;
}

/** Ticks of /proc/PID/stat in a second: USER_HZ, which is 100 on every architecture Go runs on. */
const USER_HZ = 100;
const NANOS = 1e9;
const MICROS = 1e6;

export function processMetrics(files: ProcessFiles): readonly Metric[] {
  return [
    ...statusMetrics(files.status ?? ''),
    ...statMetrics(files.stat ?? ''),
    ...runDelay(files.schedstats ?? []),
    ...gauge('process_open_fds', files.openFiles),
    ...gauge('process_max_fds', openFilesLimit(files.limits ?? '')),
  ];
}

function statusMetrics(status: string): readonly Metric[] {
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  const kilobytes = (name: string) => scaled(field(name), 1 / 1024);
  return [
    ...gauge('process_resident_memory_bytes', kilobytes('VmRSS')),
    ...gauge('process_resident_anonymous_bytes', kilobytes('RssAnon')),
    ...gauge('process_resident_file_bytes', kilobytes('RssFile')),
    ...gauge('process_resident_memory_peak_bytes', kilobytes('VmHWM')),
    ...gauge('process_virtual_memory_bytes', kilobytes('VmSize')),
    ...gauge('process_swap_bytes', kilobytes('VmSwap')),
    ...gauge('process_threads', scaled(field('Threads'), 1)),
    ...counter(
      'process_voluntary_context_switches_total',
      scaled(field('voluntary_ctxt_switches'), 1),
    ),
    ...counter(
      'process_involuntary_context_switches_total',
      scaled(field('nonvoluntary_ctxt_switches'), 1),
    ),
  ];
}

function statMetrics(stat: string): readonly Metric[] {
  // The name in parentheses may hold spaces and parentheses; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Counted from field 3, `state`.
  const field = (number: number) => scaled(fields[number - 3], 1);
  const user = field(14);
  const system = field(15);
  if (user === undefined || system === undefined) return [];
  return [
    ...counter('process_cpu_seconds_total', (user + system) / USER_HZ),
    ...counter('process_cpu_user_seconds_total', user / USER_HZ),
    ...counter('process_cpu_system_seconds_total', system / USER_HZ),
    ...counter('process_minor_faults_total', field(10)),
    ...counter('process_major_faults_total', field(12)),
  ];
}

/** Time on a CPU and time ready to run without one, over all threads that are there now. */
function runDelay(schedstats: readonly string[]): readonly Metric[] {
  let running = 0;
  let waiting = 0;
  let threads = 0;
  for (const text of schedstats) {
    const [run, delay] = text.trim().split(' ').map(Number);
    if (run === undefined || delay === undefined || Number.isNaN(run + delay)) continue;
    running += run;
    waiting += delay;
    threads++;
  }
  if (threads === 0) return [];
  return [
    ...counter('process_run_seconds_total', running / NANOS),
    ...counter('process_run_delay_seconds_total', waiting / NANOS),
  ];
}

function openFilesLimit(limits: string): number | undefined {
  return scaled(/^Max open files\s+(\d+)/m.exec(limits)?.[1], 1);
}

export function cgroupMetrics({ version, files }: CgroupFiles): readonly Metric[] {
  const lines = (name: string) => keyed(files.get(name) ?? '');
  const number = (name: string) => scaled(files.get(name)?.trim(), 1);
  const cpu = lines('cpu.stat');
  const memory = lines('memory.stat');
  const throttled =
    version === 2
      ? scaled(cpu.get('throttled_usec'), MICROS)
      : scaled(cpu.get('throttled_time'), NANOS);
  const usage = version === 2 ? number('memory.current') : number('memory.usage_in_bytes');
  const inactive = scaled(memory.get(version === 2 ? 'inactive_file' : 'total_inactive_file'), 1);
  const limit = version === 2 ? number('memory.max') : memoryLimit(number('memory.limit_in_bytes'));
  return [
    ...gauge('container_cpu_limit_cores', cpuLimit(version, files)),
    ...counter('container_cpu_cfs_periods_total', scaled(cpu.get('nr_periods'), 1)),
    ...counter('container_cpu_cfs_throttled_periods_total', scaled(cpu.get('nr_throttled'), 1)),
    ...counter('container_cpu_cfs_throttled_seconds_total', throttled),
    ...gauge('container_memory_usage_bytes', usage),
    ...gauge(
      'container_memory_working_set_bytes',
      usage === undefined || inactive === undefined ? undefined : Math.max(0, usage - inactive),
    ),
    ...gauge('container_spec_memory_limit_bytes', limit),
    ...counter('container_cpu_pressure_seconds_total', pressure(files.get('cpu.pressure') ?? '')),
    ...counter(
      'container_memory_pressure_seconds_total',
      pressure(files.get('memory.pressure') ?? ''),
    ),
    ...counter('container_oom_kills_total', oomKills(files)),
  ];
}

/** Cores that the quota allows; undefined = no quota. */
function cpuLimit(version: 1 | 2, files: ReadonlyMap<string, string>): number | undefined {
  const [quota = '', period = ''] =
    version === 2
      ? (files.get('cpu.max') ?? '').trim().split(' ')
      : [files.get('cpu.cfs_quota_us')?.trim(), files.get('cpu.cfs_period_us')?.trim()];
  const cores = Number(quota) / Number(period);
  return quota !== '' && Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

/** cgroup v1 says “no limit” with the largest page-aligned number. */
function memoryLimit(bytes: number | undefined): number | undefined {
  return bytes !== undefined && bytes < 2 ** 62 ? bytes : undefined;
}

/** Time in which at least one task waited (pressure stall information), in seconds. */
function pressure(text: string): number | undefined {
  return scaled(/^some .*total=(\d+)/m.exec(text)?.[1], MICROS);
}

function oomKills(files: ReadonlyMap<string, string>): number | undefined {
  const text = files.get('memory.events') ?? files.get('memory.oom_control') ?? '';
  return scaled(keyed(text).get('oom_kill'), 1);
}

function keyed(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [key, value] = line.split(' ');
    if (key !== undefined && value !== undefined) entries.set(key, value);
  }
  return entries;
}

function scaled(text: string | undefined, divisor: number): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) / divisor : undefined;
}

function gauge(name: string, value: number | undefined): readonly Metric[] {
  return value === undefined ? [] : [{ name, cumulative: false, value }];
}

function counter(name: string, value: number | undefined): readonly Metric[] {
  return value === undefined ? [] : [{ name, cumulative: true, value }];
}
