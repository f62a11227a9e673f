/**
 * How far shares can be trusted: they come from samples, and few samples are chance.
 *
 * The share p of n independent samples has the standard error √(p(1 − p) ÷ n). CPU and wall-clock
 * profiles say how many samples there were; of a heap profile the number is estimated as bytes
 * divided by MemProfileRate, which is the mean distance of two samples.
 */
import { formatCount, formatShare, formatValue } from '../figures.ts';
import type { Note } from './note.ts';
import { magnitudeOf, type Reading } from './reading.ts';

/** A share of 10 % has an error of 3 points with 100 samples. */
const ENOUGH = 100;

function samplesOf(reading: Reading): number | undefined {
  const { kind, profile } = reading;
  const samples = reading.column('samples');
  if ((kind === 'cpu' || kind === 'wall') && samples !== undefined) {
    return magnitudeOf(samples);
  }
  const rate = Number(profile.period);
  if (profile.periodType?.type !== 'space' || rate <= 1) return undefined;
  const bytes = reading.column(
    reading.sampleType.startsWith('inuse_') ? 'inuse_space' : 'alloc_space',
  );
  return bytes && magnitudeOf(bytes) / rate;
}

export function fewSamples(reading: Reading): Note | undefined {
  const count = samplesOf(reading);
  if (count === undefined || count === 0 || count >= ENOUGH) return undefined;
  const error = Math.sqrt((0.1 * 0.9) / count);
  const isCpu = reading.kind === 'cpu';
  const evidence = isCpu
    ? [
        `${formatCount(count)} samples`,
        ...(reading.seconds > 0 ? [`${formatValue(reading.seconds, 'seconds')} recorded`] : []),
      ]
    : [`about ${formatCount(Math.max(1, Math.round(count)))} samples`];
  return {
    id: 'few-samples',
    level: 'caution',
    text: `There are few samples: a share of 10 % may as well be ${formatShare(Math.max(0, 0.1 - 2 * error))} or ${formatShare(0.1 + 2 * error)}. ${isCpu ? 'Record for longer, under load.' : 'Small parts of it are chance.'}`,
    evidence,
    source: 'standard error of a proportion, two of them to each side',
  };
}
