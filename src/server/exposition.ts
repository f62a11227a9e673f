/** The server's own metrics in Prometheus text format 0.0.4. */
import type { TargetState } from '../api/wire.ts';
import type { Store } from '../store/store.ts';
import type { Intake } from './intake.ts';

export async function ownMetrics(
  store: Store,
  intake: Intake,
  targets: readonly TargetState[],
): Promise<string> {
  const stats = await store.stats();
  const { counts } = intake;
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const lines: string[] = [];
  const write = (name: string, type: string, help: string, value: number): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`);
  };
  const counter = (name: string, help: string, value: number) =>
    write(name, 'counter', help, value);
  const gauge = (name: string, help: string, value: number) => write(name, 'gauge', help, value);
  counter('whygo_ingested_profiles_total', 'Profiles taken in and on disk.', counts.profiles);
  counter('whygo_ingested_bytes_total', 'Bytes of these as they came.', counts.originalBytes);
  counter('whygo_ingested_snapshots_total', 'Readings of runtime metrics.', counts.snapshots);
  counter('whygo_ingest_failures_total', 'Profiles that could not be stored.', counts.failed);
  gauge('whygo_store_profiles', 'Profiles in the store.', stats.profiles);
  gauge('whygo_store_hot_profiles', 'Profiles of hours not closed yet.', stats.hotProfiles);
  gauge('whygo_store_segments', 'Closed segments.', stats.segments);
  gauge('whygo_store_column_bytes', 'Bytes of closed segments.', stats.columnBytes);
  gauge('whygo_store_hot_bytes', 'Bytes of hours not closed yet.', stats.hotBytes);
  gauge('whygo_store_original_bytes', 'Bytes of profiles kept as they came.', stats.originalBytes);
  gauge('process_resident_memory_bytes', 'Resident memory.', memory.rss);
  counter('process_cpu_seconds_total', 'User and system CPU time.', (cpu.user + cpu.system) / 1e6);
  lines.push('# HELP whygo_target_up Whether the last scrape of a target succeeded.');
  lines.push('# TYPE whygo_target_up gauge');
  for (const { service, instance, up } of targets) {
    const labels = `service="${labelValue(service)}",instance="${labelValue(instance)}"`;
    lines.push(`whygo_target_up{${labels}} ${up ? 1 : 0}`);
  }
  return `${lines.join('\n')}\n`;
}

function labelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
