/**
 * Layouts of graphs, off the page's thread. One worker for the page; it starts with the first graph.
 */
import { UserError } from '../../base/errors.ts';
import type { LayoutAnswer, LayoutRequest } from './layout-worker.ts';
import LayoutWorker from './layout-worker.ts?worker';

let worker: Worker | undefined;
let asked = 0;

/** The SVG of a graph. Throws `UserError` when it cannot be laid out. */
export function layOut(dot: string, signal: AbortSignal): Promise<string> {
  worker ??= new LayoutWorker();
  const thread = worker;
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const listener = { signal: listening.signal };
    const settle = (run: () => void): void => {
      listening.abort();
      run();
    };
    thread.addEventListener(
      'message',
      ({ data }: MessageEvent<LayoutAnswer>) => {
        if (data.id !== id) return;
        settle(() => (data.error === '' ? resolve(data.svg) : reject(failed(data.error))));
      },
      listener,
    );
    thread.addEventListener(
      'error',
      () => {
        // The next graph gets a new one.
        worker = undefined;
        settle(() => reject(failed('Graphviz could not be loaded')));
      },
      listener,
    );
    signal.addEventListener('abort', () => settle(() => reject(signal.reason)), listener);
    thread.postMessage({ id, dot } satisfies LayoutRequest);
  });
}

function failed(reason: string): UserError {
  const next = 'Show fewer nodes (Filter ▾), or narrow the profile with Focus';
  return new UserError('graph-layout', `Cannot lay out the graph: ${reason}`, next);
}
