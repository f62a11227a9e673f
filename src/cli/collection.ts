/** What fills a server: live targets, a folder that is opened or replayed, or nothing but pushes. */
import { readFileSync } from 'node:fs';
import { type CollectConfig, parseConfig, targetsFromArguments } from '../collect/config.ts';
import { startScheduler } from '../collect/scheduler.ts';
import type { Intake } from '../server/intake.ts';
import type { Collection } from '../server/start.ts';

export interface TargetFlags {
  readonly everyMillis?: number | undefined;
  readonly service?: string;
}

/** Targets named on the command line, and those of a configuration file. */
export function targetsOf(
  args: readonly string[],
  configFile: string | undefined,
  { everyMillis, service }: TargetFlags,
): CollectConfig {
  const named = targetsFromArguments(args, {
    ...(everyMillis === undefined ? {} : { scrapeIntervalMillis: everyMillis }),
    ...(service === undefined ? {} : { service }),
  });
  if (configFile === undefined) return named;
  const fromFile = parseConfig(readFileSync(configFile, 'utf8'), configFile);
  return { targets: [...named.targets, ...fromFile.targets] };
}

export function liveCollection(
  config: CollectConfig,
  intake: Intake,
  onError: (error: unknown) => void,
): Collection {
  const scheduler = startScheduler(config, { sink: intake, onError });
  return { targets: () => scheduler.states(), stop: () => scheduler.stop() };
}

export function nothingCollected(): Collection {
  return { targets: () => [], stop: async () => undefined };
}
