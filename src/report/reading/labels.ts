/**
 * Labels with very many values: a span or request id makes every sample a stack of its own.
 */
import { formatCount } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

const MANY = 500;

export function manyLabelValues(reading: Reading): Note | undefined {
  const { labelSets, strings } = reading.profile;
  if (labelSets.length <= MANY) return undefined;
  const byKey = new Map<number, Set<number>>();
  for (let at = 0; at < labelSets.key.length; at++) {
    const text = labelSets.str[at] ?? -1;
    if (text < 0) continue;
    const key = labelSets.key[at] ?? 0;
    const values = byKey.get(key) ?? new Set();
    byKey.set(key, values.add(text));
  }
  const many = [...byKey].filter(([, values]) => values.size > MANY);
  if (many.length === 0) return undefined;
  return {
    id: 'many-label-values',
    level: 'fact',
    text: 'A label has so many values that none of them has samples enough to say something: label by endpoint or tenant, not by request.',
    evidence: many.map(
      ([key, values]) => `${strings[key] ?? ''}: ${formatCount(values.size)} values`,
    ),
    source: 'runtime/pprof, Do and Labels',
  };
}
