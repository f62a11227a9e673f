/**
 * `whygo top TARGET`: what `top` is for processes, for a live Go program. On a terminal a screen that
 * refreshes; with --once, --json or in a pipe one reading.
 */
import { UserError } from '../base/errors.ts';
import { systemClock } from '../collect/clock.ts';
import { targetsFromArguments } from '../collect/config/config.ts';
import { Target } from '../collect/target.ts';
import { durationFlag } from './duration.ts';
import { Lifetime } from './lifetime.ts';
import { stdout } from './terminal.ts';
import { LiveTop } from './top/live.ts';
import { TopModel } from './top/model.ts';
import { onceText, topJson } from './top/once.ts';
import { Sampler } from './top/sampler.ts';
import { FIRST_VIEW } from './top/view.ts';

export interface TopFlags {
  readonly every: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly cpu?: string;
}

export async function top(argument: string, flags: TopFlags): Promise<void> {
  const [config] = targetsFromArguments([argument]).targets;
  if (config === undefined) throw new RangeError('one argument gives one target');
  const everyMillis = durationFlag('--every', flags.every);
  const cpuMillis = flags.cpu === undefined ? 0 : durationFlag('--cpu', flags.cpu);
  if (cpuMillis > 0 && cpuMillis < 1000) {
    throw new UserError('bad-duration', '--cpu is shorter than a second', 'write it as 1s or more');
  }
  const lifetime = new Lifetime('ending');
  const target = new Target(config, systemClock);
  lifetime.add(() => target.close());
  const model = new TopModel(config.instance);
  const asking = { everyMillis, profiling: cpuMillis > 0, exact: false, paused: false };
  const sampler = new Sampler(target, model, systemClock, asking);
  try {
    model.service = (await target.identify(lifetime.signal)).service;
    await sampler.once(lifetime.signal);
    if (stdout.isTerminal && flags.once !== true && flags.json !== true) {
      const view = { ...FIRST_VIEW, everyMillis, profiling: cpuMillis > 0 };
      await new LiveTop(model, sampler, view).run(lifetime);
      return;
    }
    // Rates need a second reading.
    await systemClock.sleep(Math.min(everyMillis, 2000), lifetime.signal);
    if (cpuMillis > 0) await sampler.profileOnce(Math.round(cpuMillis / 1000), lifetime.signal);
    await sampler.once(lifetime.signal);
    model.diagnose();
    const cost = sampler.cost;
    if (flags.json === true) stdout.line(JSON.stringify(topJson(model, cost), undefined, 2));
    else stdout.write(onceText(model, cost, stdout));
  } finally {
    await lifetime.close();
  }
}
