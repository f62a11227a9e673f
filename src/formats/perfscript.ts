/**
 * The text that `perf script` prints: stacks of Linux perf, in its default layout and with most -F.
 *
 *     cpu  7164/7165 [001] 11874.184901:   10101010 cpu-clock:pppH:
 *             7fd1 main.build+0x73 (/home/dev/bin/cpu)
 *
 * Source: print_sample_start and sample__fprintf_callchain of tools/perf/builtin-script.c (Linux 6.1),
 * perf-script(1). Fields may be missing; the event's name may not. One sample type counts samples, one
 * for each event its periods (cpu-clock's are nanoseconds, and called `cpu`). The command, thread and
 * processor are labels. `(inlined)` frames belong to the location of the next one. Cost: one pass over
 * the lines.
 */
import { DecodeError } from '../base/errors.ts';
import type { Label } from '../profile/labels.ts';
import type { Mapping, ValueType } from '../profile/profile.ts';
import type { LineRow } from '../profile/symbols.ts';
import { type Imported, Importer, linesOf, textOf } from './imported.ts';

const FORMAT = 'perf script';
/** Lines above this are none of perf's; bounds what a regular expression looks at. */
const MAX_LINE = 16_384;

interface Header {
  readonly command: string;
  /** -1 = not said. */
  readonly pid: number;
  readonly tid: number;
  readonly cpu: number;
  /** Nanoseconds of perf's clock; undefined = not said. */
  readonly time: bigint | undefined;
  readonly period: bigint | undefined;
  readonly event: string;
  /** What follows on the line: a frame when there are no stacks, or a tracepoint's arguments. */
  readonly rest: string;
}

const HEADER =
  /^\s*(\S(?:.{0,40}?\S)??)\s+(?:(-?\d+)\/)?(-?\d+)\s+(?:\[(\d+)\]\s+)?(?:\S{1,8}\s+)??(?:(\d+)\.(\d{6}|\d{9}):\s+)?(?:(\d+)\s+)?([A-Za-z][^\s:]*(?::[^\s:]+)*):(?:\s(.*))?$/;

function parseHeader(line: string): Header | undefined {
  if (line.length > MAX_LINE) return undefined;
  const match = HEADER.exec(line);
  if (match === null) return undefined;
  const [, command = '', pid, tid = '-1', cpu = '-1', seconds, fraction = '', period] = match;
  return {
    command,
    pid: Number(pid ?? -1),
    tid: Number(tid),
    cpu: Number(cpu),
    time: seconds === undefined ? undefined : BigInt(seconds + fraction.padEnd(9, '0')),
    period: period === undefined ? undefined : BigInt(period),
    event: eventName(match[8] ?? ''),
    rest: (match[9] ?? '').trimEnd(),
  };
}

/** Without modifiers: `cpu-clock:pppH` is cpu-clock; `sched:sched_switch` stays. */
function eventName(text: string): string {
  return text.replace(/:[ukhvGHIpPSDWeb]{1,8}$/, '');
}

interface Frame {
  readonly address: bigint;
  /** '' = unknown. */
  readonly symbol: string;
  readonly object: string;
  readonly isInlined: boolean;
}

const FRAME = /^\s*([0-9a-f]{1,16})(?:\s(.*))?$/;

/** `  1d551 runtime.mallocgc+0x131 (/home/dev/bin/cpu)`; symbol and object may be missing. */
function parseFrame(line: string): Frame | undefined {
  if (line.length > MAX_LINE) return undefined;
  const match = FRAME.exec(line);
  if (match === null) return undefined;
  const address = BigInt(`0x${match[1]}`);
  let text = (match[2] ?? '').trim();
  const isInlined = text.endsWith(' (inlined)');
  if (isInlined) text = text.slice(0, -' (inlined)'.length);
  let object = '';
  const paren = text.lastIndexOf(
    ' (',
    text.endsWith(' (deleted))') ? -12 + text.length : undefined,
  );
  if (text.endsWith(')') && !isInlined && paren >= 0) {
    object = text.slice(paren + 2, -1);
    text = text.slice(0, paren);
  }
  const symbol = text.trim().replace(/\+0x[0-9a-f]+$/, '');
  return {
    address,
    symbol: symbol === '[unknown]' ? '' : symbol,
    object: object === '[unknown]' ? '' : object,
    isInlined,
  };
}

const SOURCE_LINE = /^\s+(\S.*):(\d+)$/;

interface RawFrame extends Frame {
  file: string;
  line: number;
}

/** A sample as it stands in the text. */
interface RawSample {
  readonly header: Header;
  readonly frames: RawFrame[];
}

/** True when one of the first lines is a sample's header, and a frame comes with or after it. */
export function looksLikePerfScript(text: string): boolean {
  let afterHeader = false;
  let lines = 0;
  for (const { text: line } of linesOf(text)) {
    if (line === '' || line.startsWith('#')) continue;
    if (lines++ > 40) return false;
    if (afterHeader && /^\s/.test(line) && parseFrame(line) !== undefined) return true;
    const header = parseHeader(line);
    const isTimed = header?.time !== undefined || /:[a-zA-Z]*:\s/.test(`${line} `);
    if (header !== undefined && isTimed && parseFrame(header.rest) !== undefined) return true;
    afterHeader = header !== undefined;
  }
  return false;
}

export interface PerfScriptOptions {
  /** Every sample carries its time in the label `timestamp` (nanoseconds of perf's clock). */
  readonly timestamps?: boolean;
}

/** Throws `DecodeError` when no sample is in it. */
export function decodePerfScript(bytes: Uint8Array, options: PerfScriptOptions = {}): Imported {
  const text = textOf(bytes, FORMAT);
  const losses: { reason: string; at: number }[] = [];
  const samples = readSamples(text, (reason, at) => losses.push({ reason, at }));
  if (samples.length === 0) throw new DecodeError(FORMAT, 0, 'it has no sample');
  const events = [...new Set(samples.map(({ header }) => header.event))];
  const counted = events.filter((event) => {
    return samples.some(({ header }) => header.event === event && header.period !== undefined);
  });
  const importer = new Importer(FORMAT, [
    { type: 'samples', unit: 'count' },
    ...counted.map(valueType),
  ]);
  for (const { reason, at } of losses) importer.losses.add(reason, at);
  const places = new Places(importer, samples);
  for (const { header, frames } of samples) {
    const periods = counted.map((event) => (event === header.event ? (header.period ?? 0n) : 0n));
    const labels = labelsOf(header, events.length > 1, options.timestamps === true);
    importer.add(places.stack(frames), [1, ...periods], labels);
  }
  const remarks = counted.length === 0 ? ['the file has no periods: every sample counts 1'] : [];
  return importer.finish(text, { durationNanos: durationOf(samples) }, remarks);
}

/** perf's clocks count nanoseconds; everything else counts events. */
function valueType(event: string): ValueType {
  if (event === 'cpu-clock') return { type: 'cpu', unit: 'nanoseconds' };
  if (event === 'task-clock') return { type: 'task-clock', unit: 'nanoseconds' };
  return { type: event, unit: 'count' };
}

function readSamples(text: string, lost: (reason: string, at: number) => void): RawSample[] {
  const samples: RawSample[] = [];
  let current: RawSample | undefined;
  for (const { text: line, at } of linesOf(text)) {
    if (line.trim() === '') {
      current = undefined;
      continue;
    }
    if (line.startsWith('#') && current === undefined) continue;
    const frame = current !== undefined && /^\s/.test(line) ? parseFrame(line) : undefined;
    if (frame !== undefined) {
      current?.frames.push({ ...frame, file: '', line: 0 });
      continue;
    }
    if (current !== undefined && placeFrame(current, line)) continue;
    const header = parseHeader(line);
    if (header === undefined) {
      lost('lines that are no part of a sample', at);
      continue;
    }
    current = { header, frames: [] };
    const own = parseFrame(header.rest);
    if (own !== undefined) current.frames.push({ ...own, file: '', line: 0 });
    samples.push(current);
  }
  return samples;
}

/** `-F +srcline` prints `  main.go:12` below a frame; perf prints line 0 where it knows none. */
function placeFrame(sample: RawSample, line: string): boolean {
  const frame = sample.frames.at(-1);
  const match = line.length > MAX_LINE ? null : SOURCE_LINE.exec(line);
  if (frame === undefined || match === null || /^\s*\S+\s+\d+.*: /.test(line)) return false;
  const number = Number(match[2]);
  if (number > 0 && Number.isSafeInteger(number)) {
    frame.file = match[1] ?? '';
    frame.line = number;
  }
  return true;
}

function labelsOf(header: Header, hasEvents: boolean, timestamps: boolean): Label[] {
  const labels: Label[] = [];
  const number = (key: string, value: number) => {
    if (value >= 0) labels.push({ key, number: BigInt(value), unit: '' });
  };
  if (header.command !== '') labels.push({ key: 'comm', text: header.command });
  if (hasEvents) labels.push({ key: 'event', text: header.event });
  number('pid', header.pid);
  number('tid', header.tid);
  number('cpu', header.cpu);
  if (timestamps && header.time !== undefined) {
    labels.push({ key: 'timestamp', number: header.time, unit: 'nanoseconds' });
  }
  return labels;
}

function durationOf(samples: readonly RawSample[]): bigint {
  let first: bigint | undefined;
  let last = 0n;
  for (const { time } of samples.map(({ header }) => header)) {
    if (time === undefined) continue;
    if (first === undefined || time < first) first = time;
    if (time > last) last = time;
  }
  return first === undefined ? 0n : BigInt.asIntN(64, last - first);
}

/** Locations and mappings of frames. Objects are mappings without bounds: perf prints no maps. */
class Places {
  private readonly importer: Importer;
  private readonly mappings = new Map<string, number>();

  constructor(importer: Importer, samples: readonly RawSample[]) {
    this.importer = importer;
    const objects = new Map<string, { named: boolean; placed: boolean }>();
    for (const { object, symbol, file } of samples.flatMap(({ frames }) => frames)) {
      const known = objects.get(object) ?? { named: true, placed: true };
      known.named &&= symbol !== '';
      known.placed &&= file !== '';
      objects.set(object, known);
    }
    for (const [object, { named, placed }] of objects) {
      if (object === '') continue;
      this.mappings.set(object, importer.builder.symbols.mapping(mappingOf(object, named, placed)));
    }
  }

  stack(frames: readonly RawFrame[]): number[] {
    const { symbols } = this.importer.builder;
    const locations: number[] = [];
    let inlined: LineRow[] = [];
    for (const frame of frames) {
      const lines = frame.symbol === '' ? [] : [this.line(frame)];
      if (frame.isInlined) {
        inlined.push(...lines);
        continue;
      }
      const mapping = this.mappings.get(frame.object) ?? -1;
      const { address } = frame;
      locations.push(
        symbols.location({ mapping, address, isFolded: false, lines: [...inlined, ...lines] }),
      );
      inlined = [];
    }
    if (inlined.length > 0) {
      locations.push(
        symbols.location({ mapping: -1, address: 0n, isFolded: false, lines: inlined }),
      );
    }
    return locations;
  }

  private line({ symbol, file, line }: RawFrame): LineRow {
    const row = { name: symbol, systemName: symbol, filename: file, startLine: 0 };
    return { function: this.importer.builder.symbols.function(row), line, column: 0 };
  }
}

function mappingOf(file: string, hasFunctions: boolean, hasPlaces: boolean): Mapping {
  return {
    id: 0n,
    start: 0n,
    limit: 0n,
    offset: 0n,
    file,
    buildId: '',
    hasFunctions,
    hasFilenames: hasPlaces,
    hasLineNumbers: hasPlaces,
    hasInlineFrames: false,
  };
}
