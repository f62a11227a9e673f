/**
 * Bytes → Trace, and the verdict of Go's own reader on them.
 *
 * `decodeTrace` is lenient: it gives what is whole, with notes of what is not, and throws a
 * DecodeError only where nothing is. `checkTrace` is strict.
 */
import { DecodeError } from '../base/errors.ts';
import { TraceBuilder } from './builder.ts';
import type { TraceSource } from './source.ts';
import type { Trace } from './trace.ts';
import { checkV1, decodeV1, V1_VERSIONS } from './v1/decode.ts';
import { TraceRefusal, V2Reader } from './v2reader.ts';

export interface DecodeOptions {
  /** Keep all events as columns, 29 bytes each, in `Trace.events`. */
  readonly keepEvents?: boolean;
}

export type TraceVerdict =
  | { readonly isAccepted: true }
  | {
      readonly isAccepted: false;
      /** In the words of Go's reader, on one line. */
      readonly reason: string;
      readonly offset: number;
      /** The generation's number; 0 = before the first. */
      readonly generation: number;
    };

/** Formats of v2. Go 1.24 writes 1.23's, Go 1.27 writes 1.26's. */
export const V2_VERSIONS = [22, 23, 25, 26];

interface Header {
  readonly version: number;
  readonly length: number;
}

/** The header, `go 1.N trace` and zeros; undefined when this is no Go execution trace. */
export function readHeader(source: TraceSource): Header | undefined {
  const text = String.fromCharCode(...source.read(0, 20));
  const match = /^go 1\.(\d{1,4}) trace\0\0\0/.exec(text);
  return match === null ? undefined : { version: Number(match[1]), length: match[0].length };
}

export function decodeTrace(source: TraceSource, options: DecodeOptions = {}): Trace {
  const header = readHeader(source);
  if (header === undefined) {
    throw new DecodeError('trace', 0, 'bad file format: not a Go execution trace?');
  }
  if (V1_VERSIONS.includes(header.version)) return decodeV1(source, header.version);
  if (!V2_VERSIONS.includes(header.version)) throw new DecodeError('trace', 5, unsupported(header));
  const builder = new TraceBuilder({ keepEvents: options.keepEvents === true });
  const { version, length: start } = header;
  const reader = new V2Reader(source, builder, { isStrict: false, version, start });
  reader.read();
  reader.finishEvents();
  if (builder.generations.length === 0) {
    const note = builder.notes[0];
    const reason = note?.reason ?? 'the trace has no events';
    throw new DecodeError('trace', note?.offset ?? start, reason);
  }
  return builder.finish({ version, origin: reader.origin, duration: reader.duration });
}

/**
 * Whether the format's own reader reads a trace to its end: internal/trace of Go 1.26, and for
 * Go 1.5 to 1.10, which that no longer reads, the parser of Go 1.21.
 */
export function checkTrace(source: TraceSource): TraceVerdict {
  const header = readHeader(source);
  if (header === undefined) {
    const reason = 'bad file format: not a Go execution trace?';
    return { isAccepted: false, reason, offset: 0, generation: 0 };
  }
  const { version, length: start } = header;
  const isV1 = V1_VERSIONS.includes(version);
  if (!isV1 && !V2_VERSIONS.includes(version)) {
    return { isAccepted: false, reason: unsupported(header), offset: 5, generation: 0 };
  }
  try {
    if (isV1) checkV1(source, version);
    else {
      const builder = new TraceBuilder({ keepEvents: false });
      new V2Reader(source, builder, { isStrict: true, version, start }).read();
    }
    return { isAccepted: true };
  } catch (error) {
    if (!(error instanceof TraceRefusal)) throw error;
    const { reason, offset, generation } = error;
    return { isAccepted: false, reason, offset, generation };
  }
}

function unsupported(header: Header): string {
  return `unknown or unsupported trace version go 1.${header.version}`;
}
