/** C++'s threadz: stacks of all threads as text. */
import { Draft } from './draft.ts';
import {
  hexAddresses,
  isMapSentinel,
  isSpaceOrComment,
  Lines,
  malformed,
  readMaps,
} from './lines.ts';

const ALL_THREADS = /--- threadz \d+ ---/;
const THREAD = /--- Thread ([0-9A-Fa-f]+) \(name: (.*)\/(\d+)\) stack: ---/;

/** Undefined when it is no thread profile. */
export function decodeThread(text: string): Draft | undefined {
  const lines = new Lines(text);
  while (lines.next() && isSpaceOrComment(lines.current));
  if (ALL_THREADS.test(lines.current)) {
    while (lines.next()) {
      if (isMapSentinel(lines.current) || lines.current.startsWith('-')) break;
    }
  } else if (!THREAD.test(lines.current)) {
    return undefined;
  }
  const draft = new Draft();
  draft.periodType = { type: 'thread', unit: 'count' };
  draft.period = 1n;
  draft.sampleTypes = [{ type: 'thread', unit: 'count' }];
  let line = lines.current;
  while (!isMapSentinel(line) && !line.startsWith('---- no stack trace for')) {
    if (!THREAD.test(line)) {
      // pprof goes on to other formats, of which it is none.
      throw malformed('thread profile', lines);
    }
    const thread = readThread(lines);
    line = thread.nextLine;
    addThread(draft, thread.addresses);
  }
  readMaps(lines, draft);
  draft.dropDuplicateLeaves();
  return draft;
}

/** Without addresses, it is the same as the thread before. */
function addThread(draft: Draft, addresses: readonly bigint[]): void {
  if (addresses.length === 0) {
    const values = draft.samples.at(-1)?.values;
    if (values !== undefined) values[0] = (values[0] ?? 0n) + 1n;
    return;
  }
  // The leaf is where the thread stands, the others are return addresses.
  const locations = addresses.map((address, i) => draft.location(i > 0 ? address - 1n : address));
  draft.addSample(locations, [1n]);
}

function readThread(lines: Lines): { nextLine: string; addresses: bigint[] } {
  const addresses: bigint[] = [];
  let same = false;
  let line = '';
  while (lines.next()) {
    line = lines.current.trim();
    if (line === '') continue;
    if (line.startsWith('---')) break;
    if (line.includes('same as previous thread')) same = true;
    else addresses.push(...hexAddresses(line));
  }
  return { nextLine: line, addresses: same ? [] : addresses };
}
