/** What fills a server: live targets, a folder that is opened or replayed, or nothing but pushes. */
import { readFileSync } from 'node:fs';
import { messageOf, UserError } from '../base/errors.ts';
import { Collector } from '../collect/collector.ts';
import { type CollectConfig, parseConfig, targetsFromArguments } from '../collect/config/config.ts';
import { openRecording, type Recording } from '../collect/recording.ts';
import { replay } from '../collect/replay.ts';
import type { Intake } from '../server/intake.ts';
import type { Collection } from '../server/start.ts';

/** So that a replay begins with a minute and a half to look at. */
const BACKLOG_MILLIS = 90_000;

export interface TargetFlags {
  readonly everyMillis?: number | undefined;
  readonly service?: string;
  /** Length of a CPU profile; most of the interval unless given. */
  readonly cpuSeconds?: number;
}

/** Targets named on the command line, and those of a configuration file. */
export function targetsOf(
  args: readonly string[],
  configFile: string | undefined,
  { everyMillis, service, cpuSeconds }: TargetFlags,
): CollectConfig {
  const named = targetsFromArguments(args, {
    ...(everyMillis === undefined ? {} : { scrapeIntervalMillis: everyMillis }),
    ...(service === undefined ? {} : { service }),
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
  });
  if (configFile === undefined) return named;
  const { targets, discoveries } = parseConfig(readConfig(configFile), configFile);
  return { targets: [...named.targets, ...targets], discoveries };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const next = 'Check --config and the rights of the file';
    throw new UserError('cannot-open', `Cannot read ${path}: ${messageOf(error)}`, next);
  }
}

/** `read` gives the configuration, at the start and whenever it is to be read again. */
export async function liveCollection(
  read: () => CollectConfig,
  intake: Intake,
  onError: (error: unknown) => void,
): Promise<Collection> {
  const collector = new Collector({ sink: intake, onError });
  await collector.use(read());
  return {
    targets: () => collector.targets(),
    // A configuration with a mistake in it changes nothing: reading it throws first.
    reload: async () => collector.use(read()),
    stop: () => collector.stop(),
  };
}

export function nothingCollected(): Collection {
  return { targets: () => [], stop: async () => undefined };
}

/** Reads a recorded folder into the store, whole, with the times it was recorded at. */
export async function openedRecording(folder: string, intake: Intake): Promise<Collection> {
  const recording = await openRecording(folder);
  const { states, done } = replay(recording, intake);
  await done;
  return { targets: states, stop: async () => undefined };
}

/** Plays a recorded folder as if it happened now, over and over. */
export function replayedRecording(
  recording: Recording,
  intake: Intake,
  onError: (error: unknown) => void,
): Collection {
  const controller = new AbortController();
  const { signal } = controller;
  let current = replay(recording, intake, {
    speed: 1,
    shiftToNow: true,
    backlogMillis: BACKLOG_MILLIS,
    signal,
  });
  const playOn = async (): Promise<void> => {
    await current.done;
    while (!signal.aborted) {
      current = replay(recording, intake, { speed: 1, shiftToNow: true, signal });
      await current.done;
    }
  };
  const played = playOn().catch(onError);
  return {
    targets: () => current.states(),
    async stop() {
      controller.abort();
      await played;
    },
  };
}
