/** `whygo record TARGET`: everything it can tell for a while, in a folder to look at or to send. */
import { formatSize } from '../collect/duration.ts';
import { recordTarget } from '../collect/record.ts';
import { parseTargetUrl } from '../collect/target-url.ts';
import { durationFlag } from './duration.ts';
import { progressText } from './explain.ts';
import { Lifetime } from './lifetime.ts';
import { Progress, stderr, stdout } from './terminal.ts';
import { percentFlag } from './wall.ts';

export interface RecordFlags {
  readonly for: string;
  readonly every: string;
  readonly out?: string;
  readonly wall?: boolean;
  readonly budget: string;
}

export async function record(target: string, flags: RecordFlags): Promise<void> {
  const forMillis = durationFlag('--for', flags.for);
  const everyMillis = Math.min(durationFlag('--every', flags.every), forMillis);
  const folder = flags.out ?? folderName(parseTargetUrl(target, 'http').instance, new Date());
  const lifetime = new Lifetime('ending early; what was captured is kept');
  const progress = new Progress();
  try {
    const recorded = await recordTarget(target, {
      forMillis,
      everyMillis,
      folder,
      signal: lifetime.signal,
      ...(flags.wall === true && { wall: { budget: percentFlag('--budget', flags.budget) } }),
      onProgress: (now) => progress.show(progressText(now)),
    });
    progress.clear();
    const size = formatSize(recorded.bytes);
    stdout.line(`${recorded.captures} captures of ${recorded.service} (${size}) are in ${folder}`);
    for (const { type, why } of recorded.failures) stderr.line(`whygo: no ${type}: ${why}`);
    stdout.line(`Look at them with: whygo serve ${folder}, or whygo explain ${folder}`);
  } finally {
    progress.clear();
    await lifetime.close();
  }
}

/** `whygo-recording-localhost-6060-20260102-030405`. */
function folderName(instance: string, at: Date): string {
  const time = at.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `whygo-recording-${instance.replaceAll(/[^\w.]+/g, '-')}-${time}`;
}
