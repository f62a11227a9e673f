/** Go's counts as text: goroutine and threadcreate with debug=1. */
import { Draft } from './draft.ts';
import { isSpaceOrComment, Lines, malformed, readMaps } from './lines.ts';

const HEADER = /^([^\t\n\f\r ]+) profile: total \d+$/;
const SAMPLE = /^(\d+) @((?: 0x[0-9a-f]+)+)$/;

/** Undefined when it is no count profile. */
export function decodeCount(text: string): Draft | undefined {
  const lines = new Lines(text);
  while (lines.next() && isSpaceOrComment(lines.current));
  const type = HEADER.exec(lines.current)?.[1];
  if (type === undefined) return undefined;
  const draft = new Draft();
  draft.periodType = { type, unit: 'count' };
  draft.period = 1n;
  draft.sampleTypes = [{ type, unit: 'count' }];
  while (lines.next()) {
    const line = lines.current;
    if (isSpaceOrComment(line)) continue;
    if (line.startsWith('---')) break;
    const match = SAMPLE.exec(line);
    if (match === null) throw malformed('Go count profile', lines);
    const [, count = '', stack = ''] = match;
    const locations = stack
      .trim()
      .split(' ')
      .map((hex) => draft.location(BigInt(hex) - 1n));
    draft.addSample(locations, [BigInt(count)]);
  }
  readMaps(lines, draft);
  return draft;
}
