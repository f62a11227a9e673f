/**
 * `-export=perfetto`: the timeline as a Perfetto trace, which ui.perfetto.dev and trace_processor read.
 *
 * Messages Trace, TracePacket, TrackDescriptor, TrackEvent, InternedData of Perfetto's
 * protos/perfetto/trace (field numbers as there). Names are interned; packets leave in pieces of a
 * megabyte, so that memory does not grow with the trace.
 */
import { encodeUtf8 } from '../../base/utf8.ts';
import { Writer } from '../../formats/pprof/writer.ts';
import type { TimelineSink } from './timeline.ts';

const PIECE = 1 << 20;
/** TrackEvent.Type. */
const BEGIN = 1;
const END = 2;
const INSTANT = 3;
const COUNTER = 4;
/** TracePacket.SequenceFlags: incremental state cleared, and needed. */
const CLEARED = 1;
const NEEDS_STATE = 2;
/** CounterDescriptor.Unit. */
const UNITS = { count: 2, bytes: 3 } as const;
const SEQUENCE = 1;

export class PerfettoSink implements TimelineSink {
  private writer = new Writer();
  private readonly put: (piece: Uint8Array) => void;
  private readonly nameIds = new Map<string, number>();
  private flows = 0;

  constructor(put: (piece: Uint8Array) => void) {
    this.put = put;
    this.packet(0, (w) => w.integer(13, CLEARED));
  }

  group(id: number, name: string): void {
    this.packet(0, (w) =>
      w.message(60, () => {
        w.integer(1, id);
        w.message(3, () => {
          w.integer(1, id);
          w.bytes(6, encodeUtf8(name));
        });
      }),
    );
  }

  track(id: number, group: number, name: string): void {
    this.packet(0, (w) =>
      w.message(60, () => {
        w.integer(1, id);
        w.bytes(2, encodeUtf8(name));
        w.integer(5, group);
      }),
    );
  }

  counterTrack(id: number, group: number, name: string, unit: 'bytes' | 'count'): void {
    this.packet(0, (w) =>
      w.message(60, () => {
        w.integer(1, id);
        w.bytes(2, encodeUtf8(name));
        w.integer(5, group);
        w.message(8, () => w.integer(3, UNITS[unit]));
      }),
    );
  }

  slice(track: number, name: string, start: number, end: number, detail: string): void {
    this.event(track, BEGIN, start, name, detail);
    this.event(track, END, end, '', '');
  }

  instant(track: number, name: string, time: number, detail: string): void {
    this.event(track, INSTANT, time, name, detail);
  }

  counter(track: number, time: number, value: number): void {
    this.packet(time, (w) =>
      w.message(11, () => {
        w.integer(9, COUNTER);
        w.integer(11, track);
        w.integer(30, value);
      }),
    );
  }

  /** Two instants joined by a flow. */
  wake(from: number, to: number, time: number): void {
    const flow = ++this.flows;
    this.event(from, INSTANT, time, 'wakes', '', { field: 47, flow });
    this.event(to, INSTANT, time, 'woken', '', { field: 48, flow });
  }

  /** Hands out what is left. */
  finish(): void {
    this.put(this.writer.finish());
    this.writer = new Writer();
  }

  private event(
    track: number,
    type: number,
    time: number,
    name: string,
    detail: string,
    flow?: { readonly field: number; readonly flow: number },
  ): void {
    const known = this.nameIds.get(name);
    const nameId = known ?? this.nameIds.size + 1;
    if (known === undefined) this.nameIds.set(name, nameId);
    this.packet(time, (w) => {
      w.integer(13, NEEDS_STATE);
      if (known === undefined) w.message(12, () => internName(w, nameId, name));
      w.message(11, () => {
        w.integer(9, type);
        w.integer(11, track);
        if (type !== END) w.integer(10, nameId);
        if (flow !== undefined) fixed64(w, flow.field, flow.flow);
        if (detail !== '') w.message(4, () => annotate(w, detail));
      });
    });
  }

  private packet(time: number, write: (writer: Writer) => void): void {
    const { writer } = this;
    writer.message(1, () => {
      writer.integer(8, time);
      writer.integer(10, SEQUENCE);
      write(writer);
    });
    if (writer.length < PIECE) return;
    this.put(writer.finish());
    this.writer = new Writer();
  }
}

function internName(w: Writer, id: number, name: string): void {
  w.message(2, () => {
    w.integer(1, id);
    w.bytes(2, encodeUtf8(name));
  });
}

function annotate(w: Writer, detail: string): void {
  w.bytes(10, encodeUtf8('at'));
  w.bytes(6, encodeUtf8(detail));
}

const FIXED64 = 1;

function fixed64(w: Writer, field: number, value: number): void {
  w.varint(field * 8 + FIXED64);
  const out = w.reserve(8);
  for (let i = 0; i < 8; i++) out[w.length++] = Math.floor(value / 256 ** i) % 256;
}
