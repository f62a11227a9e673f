/** Java's heapz and contentionz: attributes, samples, and names of locations, all as text. */
import { DecodeError } from '../../base/errors.ts';
import { integer } from './contention.ts';
import { Draft, type DraftFunction } from './draft.ts';
import { scaleHeapSample } from './heap.ts';
import { hexAddresses } from './lines.ts';

const ATTRIBUTE = /([0-9A-Za-z_ ]+)=([0-9A-Za-z_ ]+)/;
const SAMPLE = / *(\d+) +(\d+) +@ +([ x0-9a-f]*)/;
const LOCATION = /^[\t\n\f\r ]*0x([0-9A-Fa-f]+)[\t\n\f\r ]+(.*)[\t\n\f\r ]*$/;
const FILE_LINE = /^(.*)[\t\n\f\r ]+\((.+):(-?[0-9]+)\)$/;
const PATH = /^(.*)[\t\n\f\r ]+\((.*)\)$/;
/** Average bytes between two samples of the heap. */
const HEAP_RATE = 524288n;

type Kind = 'heap' | 'contention';

/** Undefined when it is no profile of Java's. */
export function decodeJava(text: string): Draft | undefined {
  const end = text.indexOf('\n');
  const header = text.slice(0, end).trim();
  const kind =
    header === '--- heapz 1 ---'
      ? 'heap'
      : header === '--- contentionz 1 ---'
        ? 'contention'
        : undefined;
  if (end < 0 || kind === undefined) return undefined;
  const draft = new Draft();
  const rest = new Rest(text, end + 1);
  if (!readAttributes(rest, kind, draft)) return undefined;
  readSamples(rest, kind, draft);
  readJavaLocations(rest.text, draft);
  return draft;
}

/** What is left of a text, taken line by line. */
class Rest {
  private readonly whole: string;
  private at: number;

  constructor(whole: string, at: number) {
    this.whole = whole;
    this.at = at;
  }

  get text(): string {
    return this.whole.slice(this.at);
  }

  /** The whole lines that are not empty, until `take` refuses one, which stays. */
  take(take: (line: string) => boolean): void {
    for (;;) {
      const end = this.whole.indexOf('\n', this.at);
      if (end < 0) return;
      const line = this.whole.slice(this.at, end).trim();
      if (line !== '' && !take(line)) return;
      this.at = end + 1;
    }
  }
}

/** False when an attribute is of another format. */
function readAttributes(rest: Rest, kind: Kind, draft: Draft): boolean {
  let known = true;
  rest.take((line) => {
    const match = ATTRIBUTE.exec(line);
    if (match === null) return false;
    const value = (match[2] ?? '').trim();
    known &&= setAttribute(`${kind}/${(match[1] ?? '').trim()}`, value, draft);
    return known;
  });
  return known;
}

function setAttribute(name: string, value: string, draft: Draft): boolean {
  const number = () => {
    const parsed = integer(value);
    if (parsed === undefined) throw new DecodeError('Java profile', 0, `${name} is no number`);
    return parsed;
  };
  switch (name) {
    case 'heap/format':
    case 'contention/format':
      return value === 'java';
    case 'heap/resolution':
      draft.sampleTypes = [
        { type: 'inuse_objects', unit: 'count' },
        { type: 'inuse_space', unit: value },
      ];
      return true;
    case 'contention/resolution':
      draft.sampleTypes = [
        { type: 'contentions', unit: 'count' },
        { type: 'delay', unit: value },
      ];
      return true;
    case 'contention/sampling period':
      draft.periodType = { type: 'contentions', unit: 'count' };
      draft.period = number();
      return true;
    case 'contention/ms since reset':
      draft.durationNanos = number() * 1_000_000n;
      return true;
    default:
      return false;
  }
}

function readSamples(rest: Rest, kind: Kind, draft: Draft): void {
  rest.take((line) => {
    const match = SAMPLE.exec(line);
    if (match === null) return false;
    const [, second = '', first = '', stack = ''] = match;
    const locations = hexAddresses(stack).map((address) => draft.location(address));
    const count = BigInt(first);
    const size = BigInt(second);
    if (kind === 'heap') {
      if (count === 0n)
        throw new DecodeError(
          'Java profile',
          0,
          `no objects in ${JSON.stringify(line.slice(0, 80))}`,
        );
      draft.addSample(locations, scaleHeapSample(count, size, HEAP_RATE), size / count);
    } else {
      const period = draft.period === 0n ? 1n : draft.period;
      draft.addSample(locations, [count * period, size * period]);
    }
    return true;
  });
}

/** Names of the samples' locations; addresses are of no use after. */
export function readJavaLocations(text: string, draft: Draft): void {
  const functions = new Map<string, DraftFunction>();
  for (const line of text.split('\n')) {
    const match = LOCATION.exec(line.trim());
    if (match === null) continue;
    const location = draft.byAddress.get(BigInt(`0x${match[1] ?? '0'}`));
    if (location === undefined) continue;
    const { name, file, number } = parseLocation(match[2] ?? '');
    let fn = functions.get(name);
    if (fn === undefined) {
      fn = { name, file };
      functions.set(name, fn);
    }
    location.line = { fn, number };
    location.address = 0n;
  }
  draft.renumber();
  for (const location of draft.locations) location.address = 0n;
}

function parseLocation(text: string): { name: string; file: string; number: number } {
  const place = FILE_LINE.exec(text);
  if (place !== null) {
    const [, name = '', file = '', line = ''] = place;
    return { name, file, number: Math.max(0, Number(line)) };
  }
  const path = PATH.exec(text);
  if (path !== null) {
    const [, name = '', library = ''] = path;
    return { name, file: library === '' ? '.' : (library.split('/').at(-1) ?? ''), number: 0 };
  }
  // States of the virtual machine ("GC") have no place.
  const name = text.includes('generated stub/JIT') ? 'STUB' : text;
  return { name, file: '', number: 0 };
}
