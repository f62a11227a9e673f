/**
 * `-export=chrome`: the timeline in the Trace Event Format (JSON), which chrome://tracing, Perfetto,
 * speedscope and others read. Times there are microseconds; groups are processes, tracks threads.
 */
import type { TimelineSink } from './timeline.ts';

const PIECE = 1 << 16;

export class ChromeSink implements TimelineSink {
  private text = '{"displayTimeUnit":"ns","traceEvents":[';
  private separator = '\n';
  private readonly put: (piece: string) => void;
  private readonly groupOf = new Map<number, number>();
  private readonly counterNames = new Map<number, string>();
  private flows = 0;

  constructor(put: (piece: string) => void) {
    this.put = put;
  }

  group(id: number, name: string): void {
    this.event({ ph: 'M', name: 'process_name', pid: id, args: { name } });
    this.event({ ph: 'M', name: 'process_sort_index', pid: id, args: { sort_index: id } });
  }

  track(id: number, group: number, name: string): void {
    this.groupOf.set(id, group);
    this.event({ ph: 'M', name: 'thread_name', pid: group, tid: id, args: { name } });
  }

  counterTrack(id: number, group: number, name: string): void {
    this.groupOf.set(id, group);
    this.counterNames.set(id, name);
  }

  slice(track: number, name: string, start: number, end: number, detail: string): void {
    const time = { ts: start / 1000, dur: (end - start) / 1000 };
    this.event({ ph: 'X', name, ...this.where(track), ...time, ...detailOf(detail) });
  }

  instant(track: number, name: string, time: number, detail: string): void {
    const at = { ts: time / 1000, s: 't' };
    this.event({ ph: 'i', name, ...this.where(track), ...at, ...detailOf(detail) });
  }

  counter(track: number, time: number, value: number): void {
    const name = this.counterNames.get(track) ?? '';
    const { pid } = this.where(track);
    this.event({ ph: 'C', name, pid, ts: time / 1000, args: { value } });
  }

  wake(from: number, to: number, time: number): void {
    const flow = { name: 'wakes', cat: 'wake', id: ++this.flows, ts: time / 1000 };
    this.event({ ph: 's', ...flow, ...this.where(from) });
    this.event({ ph: 'f', bp: 'e', ...flow, ...this.where(to) });
  }

  /** Hands out what is left. */
  finish(): void {
    this.put(`${this.text}\n]}\n`);
    this.text = '';
  }

  private where(track: number): { pid: number; tid: number } {
    return { pid: this.groupOf.get(track) ?? 0, tid: track };
  }

  private event(event: object): void {
    this.text += this.separator + JSON.stringify(event);
    this.separator = ',\n';
    if (this.text.length < PIECE) return;
    this.put(this.text);
    this.text = '';
  }
}

function detailOf(detail: string): object {
  return detail === '' ? {} : { args: { at: detail } };
}
