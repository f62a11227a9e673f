/** `whygo serve --check`: reads the configuration and what it points to, and tells what it means. */
import { UserError } from '../base/errors.ts';
import { systemClock } from '../collect/clock.ts';
import type { CollectConfig } from '../collect/config/config.ts';
import type { TargetConfig } from '../collect/config/target.ts';
import { Discoverer } from '../collect/discovery/discover.ts';
import { formatDuration } from '../collect/duration.ts';
import { sentence } from './failure.ts';
import { stderr, stdout } from './terminal.ts';

/** 0 = fine, 2 = something that it points to is wrong. A mistake in the file itself has thrown. */
export async function check(config: CollectConfig): Promise<number> {
  let targets: readonly TargetConfig[] = [];
  let wrong = 0;
  const discoverer = new Discoverer(config, {
    clock: systemClock,
    onTargets: (found) => {
      targets = found;
    },
    onError: (error) => {
      if (!(error instanceof UserError)) throw error;
      wrong++;
      stderr.line(`whygo: ${sentence(error.message)}. ${sentence(error.next)}`);
    },
  });
  await discoverer.start();
  await discoverer.stop();
  for (const target of targets) stdout.line(describe(target));
  const found = `${targets.length} ${targets.length === 1 ? 'target' : 'targets'}`;
  stdout.line(wrong === 0 ? `${found}, no mistakes` : `${found}; ${wrong} could not be read`);
  return wrong === 0 ? 0 : 2;
}

function describe(target: TargetConfig): string {
  const { service, origin, pathPrefix, labels, profiles, scrapeIntervalMillis } = target;
  const types = profiles.map(({ type }) => type).join(' ');
  const own = Object.entries(labels).filter(([name]) => name !== 'instance' && name !== 'job');
  const tags = own.map(([name, value]) => `${name}=${value}`).join(' ');
  const name = service === '' ? '(asks its name)' : service;
  const every = formatDuration(scrapeIntervalMillis);
  return `${name}  ${origin}${pathPrefix}  every ${every}: ${types}${tags && `  {${tags}}`}`;
}
