/**
 * `whygo metrics TARGET|FILE…`: what the runtime metrics of one process say, as one story.
 */
import { storyOf, wireStory } from '../api/metricstory.ts';
import { UserError } from '../base/errors.ts';
import { durationFlag } from './duration.ts';
import { Lifetime } from './lifetime.ts';
import { printStory } from './metrics-print.ts';
import { type ReadMetrics, readMetrics } from './metrics-source.ts';
import { Progress, stderr, stdout } from './terminal.ts';

export interface MetricsFlags {
  readonly for: string;
  readonly every: string;
  readonly json?: boolean;
}

/** Oftener than this the readings themselves would be what is measured. */
const LEAST_INTERVAL_MILLIS = 100;

export async function metrics(sources: readonly string[], flags: MetricsFlags): Promise<void> {
  for (const { name, snapshots, note } of await read(sources, flags)) {
    if (snapshots.length === 0) {
      throw new UserError('no-metrics', `${name} gave no reading`, 'give it more time with --for');
    }
    const story = wireStory(name, storyOf(snapshots));
    if (flags.json === true) stdout.line(JSON.stringify(story, undefined, 2));
    else printStory(stdout, story);
    if (note !== '') stderr.line(`whygo: ${note}`);
  }
}

async function read(
  sources: readonly string[],
  flags: MetricsFlags,
): Promise<readonly ReadMetrics[]> {
  const forMillis = durationFlag('--for', flags.for);
  const everyMillis = Math.max(LEAST_INTERVAL_MILLIS, durationFlag('--every', flags.every));
  const lifetime = new Lifetime('ending early; telling what was read');
  const progress = new Progress();
  try {
    return await readMetrics(sources, {
      forMillis,
      everyMillis,
      signal: lifetime.signal,
      onReading: (readings, elapsed) => {
        const seconds = Math.round(elapsed / 1000);
        progress.show(`${readings} readings, ${seconds} s of ${Math.round(forMillis / 1000)} s`);
      },
    });
  } finally {
    progress.clear();
    await lifetime.close();
  }
}
