/**
 * `-d=wire` and `-d=footprint`: the events of a v2 trace as they stand in the file, one after the other,
 * framing included; nothing is put in order or interpreted.
 *
 * As internal/trace/raw of Go 1.26 and debugRawEvents, debugEventsFootprint of cmd/trace. Cost: the file
 * in memory, and a pass over its bytes.
 */
import { DecodeError } from '../../base/errors.ts';
import { readHeader } from '../../trace/decode.ts';
import { EVENT_SPECS, EventType } from '../../trace/eventtype.ts';
import type { TraceSource } from '../../trace/source.ts';
import { WireError, WireReader } from '../../trace/wire.ts';
import { goQuoteBytes } from './goquote.ts';
import { tableLines } from './table.ts';

/** Arguments of the events that are not timed, as Go names them. */
const FRAMING: Readonly<Record<number, readonly string[]>> = {
  [EventType.EventBatch]: ['gen', 'm', 'time', 'size'],
  [EventType.Stack]: ['id', 'nframes'],
  [EventType.String]: ['id'],
  [EventType.CPUSample]: ['time', 'm', 'p', 'g', 'stack'],
  [EventType.Frequency]: ['freq'],
  [EventType.ExperimentalBatch]: ['exp', 'gen', 'm', 'time'],
};

/** The last event type that a version has, as version.go tells it. */
const LAST_TYPE: Readonly<Record<number, number>> = {
  22: EventType.UserLog,
  23: EventType.ExperimentalBatch,
  25: EventType.ClockSnapshot,
};
const LAST = EventType.GoroutineStackFree;

interface RawEvent {
  readonly type: number;
  /** Frames of a stack follow its own two. */
  readonly args: readonly bigint[];
  readonly data: Uint8Array | undefined;
}

const ARGS: readonly (readonly string[])[] = Array.from({ length: 256 }, (_, type) => {
  const spec = EVENT_SPECS[type];
  if (spec?.isTimed === true) return ['dt', ...spec.args];
  return FRAMING[type] ?? [];
});

/** Every event; throws `DecodeError` where one cannot be read. */
function* rawEvents(source: TraceSource): Generator<RawEvent> {
  const header = readHeader(source);
  if (header === undefined || header.version < 22) {
    const what = header === undefined ? 'bad file format' : 'unsupported trace version';
    throw new DecodeError('trace', 0, `${what}: -d=wire reads traces of Go 1.22 on`);
  }
  const last = LAST_TYPE[header.version] ?? LAST;
  const reader = new WireReader(source.read(0, source.size), header.length, source.size);
  while (reader.pos < reader.end) {
    const start = reader.pos;
    try {
      yield readEvent(reader, last);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new DecodeError('trace', start, error.reason);
    }
  }
}

function readEvent(reader: WireReader, last: number): RawEvent {
  const type = reader.byte();
  if (type > last || EVENT_SPECS[type] === undefined) {
    throw new WireError(reader.pos - 1, `invalid event type: ${type}`);
  }
  const args = ARGS[type].map(() => reader.biguint());
  if (type === EventType.Stack) {
    const frames = Number(args[1]);
    if (frames > reader.end - reader.pos) throw new WireError(reader.pos, 'unexpected EOF');
    for (let i = 0; i < 4 * frames; i++) args.push(reader.biguint());
  }
  const hasData = type === EventType.String || type === EventType.ExperimentalBatch;
  return { type, args, data: hasData ? readData(reader) : undefined };
}

function readData(reader: WireReader): Uint8Array {
  const length = reader.uvarint();
  const start = reader.pos;
  if (length > reader.end - start) throw new WireError(start, 'unexpected EOF');
  reader.pos = start + length;
  return reader.bytes.subarray(start, start + length);
}

const FRAME_FIELDS = ['pc', 'func', 'file', 'line'];

/** Lines of `-d=wire`, an event each (stacks and data over several). */
export function* wireLines(source: TraceSource): Generator<string> {
  for (const { type, args, data } of rawEvents(source)) {
    const names = ARGS[type];
    let text = EVENT_SPECS[type]?.name ?? '';
    names.forEach((name, i) => {
      text += ` ${name}=${args[i]}`;
    });
    for (let i = names.length; i < args.length; i++) {
      const field = (i - names.length) % 4;
      text += `${field === 0 ? '\n\t' : ' '}${FRAME_FIELDS[field]}=${args[i]}`;
    }
    // Go leaves empty data out.
    if (data !== undefined && data.length > 0) text += `\n\tdata=${goQuoteBytes(data)}`;
    yield text;
  }
}

/** The table of `-d=footprint`; types that do not occur are left out. */
export function footprintLines(source: TraceSource): string[] {
  const counts = new Float64Array(256);
  const bytes = new Float64Array(256);
  for (const { type, args, data } of rawEvents(source)) {
    counts[type]++;
    bytes[type] += 1 + args.reduce((sum, arg) => sum + varintSize(arg), 0);
    if (data !== undefined) bytes[type] += varintSize(BigInt(data.length)) + data.length;
  }
  const events = counts.reduce((sum, count) => sum + count, 0);
  const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(2)}%`;
  const rows = [...counts.keys()]
    .filter((type) => counts[type] > 0)
    .sort((a, b) => bytes[b] - bytes[a])
    .map((type) => [
      EVENT_SPECS[type]?.name ?? '',
      String(bytes[type]),
      percent(bytes[type], source.size),
      String(counts[type]),
      percent(counts[type], events),
    ]);
  const head = ['Event', 'Bytes', '%', 'Count', '%'];
  const align = head.map(() => 'left' as const);
  return tableLines([head, head.map(() => '-'), ...rows], align);
}

function varintSize(value: bigint): number {
  let size = 1;
  for (let rest = value; rest >= 0x80n; rest >>= 7n) size++;
  return size;
}
