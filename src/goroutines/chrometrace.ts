/**
 * Lifelines as Chrome's Trace Event JSON, for Perfetto, chrome://tracing and speedscope: a thread
 * for each goroutine, its state as the outermost slice, its stack below it, as fgtrace writes them.
 *
 * Format: "Trace Event Format" (Google, 2016). Slices go on where the next poll saw the same frames.
 * In chunks, because a minute of a thousand goroutines is more than one string may hold.
 */
import type { Lifeline, LifelineSpan, Lifelines } from './lifelines.ts';

/** JSON in parts that belong behind each other. */
export function* encodeChromeTrace(lifelines: Lifelines, title: string): Generator<string> {
  const process = metadata('process_name', 0, { name: title });
  yield `{"displayTimeUnit":"ms","traceEvents":[\n${process}`;
  for (const goroutine of lifelines.goroutines) yield eventsOf(lifelines, goroutine);
  yield '\n]}\n';
}

function eventsOf(lifelines: Lifelines, { id, createdBy, spans }: Lifeline): string {
  const name = createdBy === '' ? `G${id}` : `G${id} ${createdBy}`;
  const events: string[] = [
    metadata('thread_name', id, { name }),
    metadata('thread_sort_index', id, { sort_index: id }),
  ];
  let open: readonly string[] = [];
  let end = 0;
  const closeTo = (depth: number) => {
    for (let i = open.length - 1; i >= depth; i--) events.push(slice('E', open[i], id, end));
  };
  for (const span of spans) {
    const frames = framesOf(lifelines, span);
    const shared = span.from === end ? sharedDepth(open, frames) : 0;
    closeTo(shared);
    for (const frame of frames.slice(shared)) events.push(slice('B', frame, id, span.from));
    open = frames;
    end = span.to;
  }
  closeTo(0);
  return events.map((event) => `,\n${event}`).join('');
}

/** The state, then frames from the outermost on. */
function framesOf({ states, stacks }: Lifelines, { state, stack }: LifelineSpan): string[] {
  return [states[state], ...stacks[stack].map((frame) => frame.function).reverse()];
}

function sharedDepth(a: readonly string[], b: readonly string[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++;
  return depth;
}

function slice(ph: 'B' | 'E', name: string, id: number, nanos: number): string {
  return JSON.stringify({ name, ph, ts: nanos / 1000, pid: 1, tid: id });
}

function metadata(name: string, tid: number, args: object): string {
  return JSON.stringify({ name, ph: 'M', pid: 1, tid, args });
}
