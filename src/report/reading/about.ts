/**
 * What a profile type counts and what it cannot see, in one sentence with its numbers.
 *
 * Said above every view, because the most common mistake with profiles is to read one for what it
 * does not measure. Sources: the doc comments of runtime and runtime/pprof, Go 1.26.
 */
import { formatDuration, formatValue } from '../figures.ts';

/** What was merged, and how much time it covers together. */
export interface AboutCoverage {
  readonly profiles: number;
  /** Sum of the durations; 0 for readings of a moment. */
  readonly durationMs: number;
}

export interface AboutSubject {
  readonly type: string;
  readonly sampleType: string;
  readonly unit: string;
  /** Value of the whole tree. */
  readonly total: number;
  readonly coverage: AboutCoverage;
  /** Share of the total under a frame of the garbage collector, 0 … 1. */
  readonly gcShare: number;
}

const NBSP = '\u00a0';

function figure(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** `360 profiles, 1 h recorded`; one profile alone is not counted. */
function recorded({ profiles, durationMs }: AboutCoverage): string {
  const span =
    durationMs < 120_000 ? `${figure(durationMs / 1000)}${NBSP}s` : formatDuration(durationMs);
  return profiles > 1 ? `${profiles} profiles, ${span} recorded` : `${span} recorded`;
}

/** ` in 5 min`, or nothing when the profile does not say over which time it counted. */
function within({ durationMs }: AboutCoverage): string {
  return durationMs > 0 ? ` in ${formatDuration(durationMs)}` : ' since the process started';
}

function perSecond(subject: AboutSubject): string {
  const { durationMs } = subject.coverage;
  if (durationMs <= 0) return '';
  return `, ${formatValue(subject.total / (durationMs / 1000), subject.unit)}/s`;
}

/** ` on average over 30 captures`. */
function average({ profiles }: AboutCoverage): string {
  return profiles > 1 ? `, the average of ${profiles} captures` : '';
}

function aboutCpu(subject: AboutSubject): string {
  const { total, unit, coverage, gcShare } = subject;
  const gc = gcShare >= 0.005 ? `; ${formatPercent(gcShare)} of it garbage collection` : '';
  const cpu = `${formatValue(total, unit)} of CPU`;
  if (coverage.durationMs <= 0) return `${cpu}${gc}. Waiting is not in it.`;
  const cores = total / (coverage.durationMs * 1e6);
  return `${recorded(coverage)}, ${cpu}: ${figure(cores)} cores busy${gc}. Waiting is not in it.`;
}

type Sentence = (subject: AboutSubject, value: string) => string;

const IN_USE =
  'as of the last garbage collection, estimated from samples; stacks, cgo and what the runtime keeps free are not in it.';

/** By `type/sampleType`, else by sample type alone. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  inuse_space: ({ coverage }, value) => `${value} in live objects${average(coverage)}, ${IN_USE}`,
  inuse_objects: ({ coverage }, value) => `${value} live objects${average(coverage)}, ${IN_USE}`,
  alloc_space: (subject, value) =>
    `${value} allocated${within(subject.coverage)}${perSecond(subject)}, estimated from samples; most of it may be garbage by now.`,
  alloc_objects: (subject, value) =>
    `${value} objects allocated${within(subject.coverage)}${perSecond(subject)}, estimated from samples; most may be garbage by now.`,
  'block/delay': ({ coverage }, value) =>
    `${value} of waiting for channels, selects, mutexes and conditions${within(coverage)}, all goroutines added up; network, system calls and sleep are not in it.`,
  'block/contentions': ({ coverage }, value) =>
    `${value} waits for channels, selects, mutexes and conditions${within(coverage)}; how long they took is in “delay”.`,
  'mutex/delay': ({ coverage }, value) =>
    `${value} that goroutines waited for mutexes${within(coverage)}, shown where the holder unlocked, not where the others waited.`,
  'mutex/contentions': ({ coverage }, value) =>
    `${value} contended unlocks${within(coverage)}, shown where the holder unlocked, not where the others waited.`,
  goroutine: ({ coverage }, value) =>
    `${value} goroutines${average(coverage)}, running or not; how long they have been there is not in it.`,
  goroutineleak: (_, value) =>
    `${value} goroutines that nothing can wake any more, as the garbage collector proved.`,
  threadcreate: ({ coverage }, value) =>
    `${value} operating-system threads created${average(coverage)}; modern Go runtimes rarely tell where.`,
  'cpu/samples': ({ coverage }, value) =>
    `${recorded(coverage)}, ${value} samples; “cpu” gives them as time.`,
  time: ({ coverage }, value) =>
    `${coverage.durationMs > 0 ? `${recorded(coverage)}, ` : ''}${value} of wall-clock time, all goroutines added up, running or waiting.`,
};

function formatPercent(share: number): string {
  return `${figure(share * 100)}${NBSP}%`;
}

/** One sentence (two at most): the total, its size in context, and what is not in it. */
export function aboutProfile(subject: AboutSubject): string {
  const { type, sampleType, unit, total, coverage } = subject;
  if (sampleType === 'cpu' && unit === 'nanoseconds') return aboutCpu(subject);
  const value = formatValue(total, unit === 'count' ? 'count' : unit);
  const sentence = SENTENCES[`${type}/${sampleType}`] ?? SENTENCES[sampleType] ?? SENTENCES[type];
  if (sentence !== undefined) return sentence(subject, value);
  const time = coverage.durationMs > 0 ? `${recorded(coverage)}, ` : '';
  return `${time}${value} of “${sampleType}” in a profile of type “${type}”, which whygo has no words for.`;
}
