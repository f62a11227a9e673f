/**
 * Chrome's Trace Event JSON as a wall-clock profile: who was open for how long, thread by thread.
 *
 * Format: "Trace Event Format" (Google, 2016), as written by Chrome, fgtrace and many tracers. Durations
 * (B and E, X) become stacks; a stack's value is the time in which it stood just so. Other events
 * (counters, marks, flows, asynchronous ones) and arguments are counted and left out. Cost: JSON.parse,
 * a sort by time, one pass.
 */
import type { Label } from '../profile/labels.ts';
import { type Imported, Importer, textOf } from './imported.ts';
import { isObject, type JsonObject, JsonReader, parseJson } from './json.ts';

const FORMAT = 'Chrome trace JSON';
const json = new JsonReader(FORMAT);

/** Looks at the beginning of a JSON text. */
export function looksLikeChromeTrace(head: string): boolean {
  if (/^\s*\{[\s\S]*"traceEvents"\s*:/.test(head)) return true;
  return /^\s*\[\s*\{/.test(head) && /"ph"\s*:\s*"/.test(head) && /"ts"\s*:/.test(head);
}

interface Edge {
  /** Microseconds. */
  readonly at: number;
  readonly opens: boolean;
  readonly name: string;
  /** Of X events: the longer one is the outer one. */
  readonly duration: number;
  readonly order: number;
}

interface Thread {
  readonly edges: Edge[];
  readonly pid: string;
  readonly tid: string;
  name: string;
}

/** Throws `DecodeError`. */
export function decodeChromeTrace(bytes: Uint8Array): Imported {
  const text = textOf(bytes, FORMAT);
  // The format allows the closing bracket of the array to be missing.
  const whole =
    /^\s*\[/.test(text) && !/\]\s*$/.test(text) ? `${text.replace(/,?\s*$/, '')}]` : text;
  const file = parseJson(whole, FORMAT);
  const events = json.array(isObject(file) ? file.traceEvents : file, 'traceEvents');
  const importer = new Importer(FORMAT, [{ type: 'wall', unit: 'nanoseconds' }]);
  const threads = new Map<string, Thread>();
  events.forEach((event, i) => {
    readEvent(json.object(event, `event ${i}`), i, threads, importer);
  });
  for (const thread of threads.values()) addThread(thread, importer);
  if (importer.sampleCount === 0) throw json.fail('', 'has no event with a duration');
  return importer.finish(text);
}

function readEvent(
  event: JsonObject,
  order: number,
  threads: Map<string, Thread>,
  importer: Importer,
): void {
  const { ph, ts, dur, name } = event;
  const thread = threadOf(event, threads);
  if (ph === 'M') {
    const given = isObject(event.args) ? event.args.name : undefined;
    if (name === 'thread_name' && typeof given === 'string') thread.name = given;
    return;
  }
  if (ph !== 'B' && ph !== 'E' && ph !== 'X') {
    importer.losses.add('events without a duration');
    return;
  }
  const at = json.number(ts, `event ${order}, ts`);
  if (isObject(event.args)) importer.losses.add('arguments of events');
  const text = typeof name === 'string' && name !== '' ? name : '(unnamed)';
  if (ph === 'E') {
    thread.edges.push({ at, opens: false, name: text, duration: 0, order });
    return;
  }
  const duration = ph === 'X' ? json.number(dur ?? 0, `event ${order}, dur`) : Infinity;
  thread.edges.push({ at, opens: true, name: text, duration, order });
  if (ph === 'X') {
    thread.edges.push({ at: at + duration, opens: false, name: text, duration: 0, order });
  }
}

function threadOf({ pid, tid }: JsonObject, threads: Map<string, Thread>): Thread {
  const ids = { pid: String(pid ?? ''), tid: String(tid ?? '') };
  const key = `${ids.pid}\0${ids.tid}`;
  let thread = threads.get(key);
  if (thread === undefined) {
    thread = { edges: [], ...ids, name: '' };
    threads.set(key, thread);
  }
  return thread;
}

/** Ends before beginnings of the same time; the longer of two that begin together first. */
function inOrder(a: Edge, b: Edge): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.opens !== b.opens) {
    // An event without length ends after it began.
    if (a.order === b.order) return a.opens ? -1 : 1;
    return a.opens ? 1 : -1;
  }
  if (a.opens && a.duration !== b.duration) return a.duration > b.duration ? -1 : 1;
  return a.order - b.order;
}

function addThread(thread: Thread, importer: Importer): void {
  const labels: Label[] = [
    { key: 'pid', text: thread.pid },
    { key: 'tid', text: thread.tid },
  ];
  if (thread.name !== '') labels.push({ key: 'thread', text: thread.name });
  const open: string[] = [];
  let last = 0;
  for (const edge of thread.edges.sort(inOrder)) {
    const nanos = Math.round((edge.at - last) * 1000);
    if (open.length > 0 && nanos > 0) {
      if (!Number.isSafeInteger(nanos)) throw json.fail(`event ${edge.order}`, 'has no time');
      const stack = open.map((name) => importer.location({ name, file: '', line: 0 }));
      importer.add(stack.reverse(), [nanos], labels);
    }
    last = edge.at;
    if (edge.opens) open.push(edge.name);
    else if (open.pop() === undefined) importer.losses.add('ends of what never began');
  }
  if (open.length > 0) importer.losses.add('beginnings without an end', -1, open.length);
}
