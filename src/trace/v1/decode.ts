/**
 * Bytes of a v1 trace (Go 1.5–1.21) → Trace, and the verdict of its own reader on them: internal/trace
 * of Go 1.26, or for versions before 1.11, which that no longer reads, internal/trace of Go 1.21.
 *
 * A v1 trace has no generations: strings, stacks and the clock's frequency stand at its end, so that
 * the whole file is read at once, and it becomes one generation with all its events kept. Lenient, a
 * cut or damaged file gives all that can be read; without its end, names and the length of a tick
 * are missing. Cost: some 250 ns of one core an event; memory: the file, 70 bytes an event.
 */
import { DecodeError } from '../../base/errors.ts';
import { TraceBuilder } from '../builder.ts';
import type { LocalTables } from '../localtables.ts';
import type { TraceSource } from '../source.ts';
import type { Trace } from '../trace.ts';
import { Converter } from './convert.ts';
import { withoutFutile } from './futile.ts';
import { Merge, orderByNumber } from './order.ts';
import { Problems } from './problems.ts';
import { Scan } from './scan.ts';
import { readStacks } from './stacks.ts';
import { appendSamples, checkTimes, clockOf, placeSyscallEnds } from './times.ts';

/** Versions that there are; Go 1.6 writes 1.5's, Go 1.12–1.18 write 1.11's, Go 1.20 writes 1.19's. */
export const V1_VERSIONS: readonly number[] = [5, 7, 8, 9, 10, 11, 19, 21];

/** Lenient. `version`: that of the header, one of V1_VERSIONS. */
export function decodeV1(source: TraceSource, version: number): Trace {
  const builder = new TraceBuilder({ keepEvents: false });
  const { lastTime, columns } = read(source, version, builder, false);
  if (builder.eventCount < 2) {
    const note = builder.notes[0];
    throw new DecodeError('trace', note?.offset ?? 16, note?.reason ?? 'the trace has no events');
  }
  const trace = builder.finish({ version, origin: -1n, duration: lastTime });
  return { ...trace, events: columns?.finish() };
}

/** Throws a TraceRefusal where the format's reader does not read the trace to its end. */
export function checkV1(source: TraceSource, version: number): void {
  read(source, version, new TraceBuilder({ keepEvents: false }), true);
}

function read(
  source: TraceSource,
  version: number,
  builder: TraceBuilder,
  isStrict: boolean,
): Converter {
  const bytes = source.read(0, source.size);
  const problems = new Problems(isStrict, builder.notes);
  const scan = new Scan(bytes, version, builder, problems);
  scan.run();
  const strings = scan.strings.build((offset) => {
    problems.refuse(offset, 'string has duplicate id');
    problems.note('damaged', offset, 'string has duplicate id');
  });
  const tables: LocalTables = {
    strings,
    stacks: readStacks(scan, bytes, version, builder, strings),
  };
  const { order, isBlocking } = putInOrder(scan, bytes, version, builder, problems);
  const clock = clockOf(scan, order, problems);
  // Go 1.26's reader refuses the event that marks futile wake-ups; that of Go 1.21 takes them out.
  const isKept = !scan.hasFutile || (version >= 11 && isStrict);
  const events = isKept ? order : withoutFutile(scan.events, order);
  const input = {
    scan,
    order: events,
    isBlocking,
    clock,
    bytes,
    version,
    tables,
    builder,
    problems,
  };
  const converter = new Converter({ ...input, keepEvents: !isStrict });
  converter.run();
  problems.finish(bytes.length);
  builder.generations.push({
    number: 1,
    offset: 16,
    end: bytes.length,
    firstEvent: 0,
    eventCount: builder.eventCount - 1,
    start: 0,
    clock: undefined,
    isWhole: builder.notes.every((note) => note.kind === 'annotation'),
  });
  builder.generationKeys.push({ ...tables, frequency: clock.perTick });
  return converter;
}

function putInOrder(
  scan: Scan,
  bytes: Uint8Array,
  version: number,
  builder: TraceBuilder,
  problems: Problems,
): { order: Uint32Array; isBlocking: Uint8Array } {
  const { events } = scan;
  const goroutines = builder.goroutineIds.length;
  if (version < 11) {
    if (events.length === 0) problems.refuse(bytes.length, 'trace is empty');
    if (scan.frequency === 0) problems.refuse(bytes.length, 'no EvFrequency event');
  }
  appendSamples(scan);
  const isNumbered = version < 7;
  const trail = isNumbered
    ? orderByNumber(events, goroutines)
    : new Merge(scan, goroutines, problems).run();
  checkTimes(scan, trail, problems);
  const { order, isBlocking } = trail;
  if (isNumbered) return { order, isBlocking };
  return { order: placeSyscallEnds(events, trail, bytes, problems), isBlocking };
}
