/**
 * `whygo wall TARGET`: a wall-clock profile from polling the goroutine endpoint, with nothing built
 * into the target; `--timeline` writes every goroutine over time. Asks fgprof's own endpoint when
 * its address is given.
 */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { targetsFromArguments } from '../collect/config/config.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { createFetchClient, expectProfile } from '../collect/fetch.ts';
import { parseTargetUrl } from '../collect/target-url.ts';
import { type WallCapture, WallPoller, type WallProgress } from '../collect/wall.ts';
import { decompress } from '../formats/compression.ts';
import { decodePprof, encodePprof } from '../formats/pprof.ts';
import { encodeChromeTrace } from '../goroutines/chrometrace.ts';
import type { Lifelines } from '../goroutines/lifelines.ts';
import { printWall } from '../goroutines/print-wall.ts';
import type { Profile } from '../profile/profile.ts';
import { durationFlag } from './duration.ts';
import { Lifetime } from './lifetime.ts';
import { Progress, stderr, stdout } from './terminal.ts';

export interface WallFlags {
  readonly for: string;
  readonly out: string;
  readonly hz: string;
  readonly budget: string;
  readonly level: 'auto' | '0' | '1' | '2';
  readonly procs?: string;
  readonly timeline?: string;
}

export async function wall(target: string, flags: WallFlags): Promise<void> {
  const forMillis = durationFlag('--for', flags.for);
  if (/\/debug\/fgprof(\?|$)/.test(target)) {
    await fromFgprof(target, forMillis, flags.out);
    return;
  }
  const { timeline } = flags;
  const [config] = targetsFromArguments([target]).targets;
  if (config === undefined) throw new RangeError('one argument gives one target');
  const lifetime = new Lifetime('ending early; what was polled is kept');
  const progress = new Progress();
  const poller = await WallPoller.start(config, optionsOf(flags));
  try {
    const capture = await poller.capture({
      forMillis,
      signal: lifetime.signal,
      onProgress: (now) => progress.show(progressText(now)),
    });
    progress.clear();
    await writeProfile(capture.profile, flags.out);
    if (timeline !== undefined) await writeTimeline(capture.lifelines, timeline, target);
    report(capture, flags);
  } finally {
    progress.clear();
    poller.close();
    await lifetime.close();
  }
}

function optionsOf({ hz, budget, level, procs, timeline }: WallFlags) {
  const rate = Number(hz);
  if (!(rate >= 1 && rate <= 100)) {
    throw new UserError('bad-option', `--hz ${hz} is no rate`, 'take 1 to 100');
  }
  if (timeline !== undefined && level !== 'auto' && level !== '2') {
    const next = `leave --level ${level} away`;
    throw new UserError('bad-option', 'A timeline needs debug=2, which has goroutine ids', next);
  }
  const known = procs === undefined ? undefined : Number(procs);
  if (known !== undefined && !(known >= 1)) {
    throw new UserError('bad-option', `--procs ${procs} is no number of Ps`, 'take 1 or more');
  }
  const levels = { auto: 'auto', 0: 0, 1: 1, 2: 2 } as const;
  return {
    hz: rate,
    budget: percentFlag('--budget', budget),
    level: timeline === undefined ? levels[level] : 2,
    procs: known,
  } as const;
}

/** `1%` or `1`: a share of one core, up to all of it. Throws `UserError`. */
export function percentFlag(flag: string, text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(text)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new UserError('bad-option', `Cannot read ${flag} “${text}”`, 'write it as 1% or 0.5%');
}

function progressText(now: WallProgress): string {
  const seconds = (millis: number) => `${Math.floor(millis / 1000)}`;
  const hz = (now.polls / (now.elapsedMillis / 1000)).toFixed(1);
  return [
    `${seconds(now.elapsedMillis)} of ${seconds(now.forMillis)} s`,
    `${now.goroutines} goroutines`,
    `${now.polls} polls, ${hz} a second (debug=${now.level})`,
    costText(now),
  ].join('  ');
}

function costText({ cost, costFrom }: Pick<WallProgress, 'cost' | 'costFrom'>): string {
  const how = costFrom === 'threads' ? 'measured' : 'at most, by the time of its answers';
  return `costs ${(cost * 100).toFixed(2)} % of a core (${how})`;
}

async function writeProfile(profile: Profile, file: string): Promise<void> {
  await writeFile(file, gzipSync(encodePprof(profile)));
}

async function writeTimeline(
  lifelines: Lifelines | undefined,
  file: string,
  title: string,
): Promise<void> {
  if (lifelines === undefined) {
    const next = 'poll for longer, or allow more with --budget';
    throw new UserError('bad-option', 'There were too few polls for a timeline', next);
  }
  await pipeline(Readable.from(encodeChromeTrace(lifelines, title)), createWriteStream(file));
}

function report(capture: WallCapture, { out, timeline }: WallFlags): void {
  stdout.write(printWall(capture.profile));
  const levels = [...capture.polls].map(([level, count]) => `${count} × debug=${level}`);
  const rate = [...capture.polls.values()].reduce((sum, count) => sum + count, 0);
  const hz = (rate / (capture.elapsedMillis / 1000)).toFixed(1);
  stderr.line(`${levels.join(', ')}: ${hz} polls a second; ${costText(capture)}`);
  for (const note of capture.notes) stderr.line(`whygo: ${note}`);
  stdout.line(`Look at it: whygo pprof -http=: -tagroot=state ${out}`);
  if (timeline !== undefined)
    stdout.line(`The timeline is in ${timeline}: ui.perfetto.dev opens it`);
}

/** Its own endpoint, whose samples have 32 frames and no labels. */
async function fromFgprof(address: string, forMillis: number, out: string): Promise<void> {
  const { authorization } = parseTargetUrl(address, 'http');
  const client = createFetchClient(authorization, { insecureSkipVerify: false });
  const progress = new Progress();
  try {
    const url = new URL(/^https?:/.test(address) ? address : `http://${address}`);
    const seconds = url.searchParams.get('seconds') ?? String(Math.ceil(forMillis / 1000));
    url.searchParams.set('seconds', seconds);
    url.username = '';
    url.password = '';
    progress.show(`fgprof samples for ${seconds} s`);
    const timeoutMillis = Number(seconds) * 1000 + 30_000;
    const fetched = await client.get(url.href, { timeoutMillis, maxBytes: 256 * 1024 * 1024 });
    progress.clear();
    expectProfile(fetched);
    const profile = decodePprof(decompress(fetched.bytes, nodeDecompressors));
    await writeProfile(profile, out);
    stdout.write(printWall(profile));
    stdout.line(`Look at it: whygo pprof -http=: ${out}`);
  } finally {
    progress.clear();
    client.close();
  }
}
