/**
 * The dropped file's side of the data interface: questions to a worker that has decoded it.
 *
 * Nothing leaves the machine. The worker lives as long as the source is used; there is one for each
 * drop. An aborted question is still answered, but nobody hears it.
 */
import { UserError } from '../../base/errors.ts';
import type { DroppedFile } from './fileset.ts';
import type { Answer, CallName, Calls, Failure } from './protocol.ts';
import type { ProfileSource, SampleQuestions } from './source.ts';
// Inlined: a worker that is fetched when a file is dropped would need the network then.
import DecodeWorker from './worker.ts?worker&inline';

class FileWorker {
  private readonly worker: Worker;
  /** Rejects when the worker itself breaks. */
  private readonly broken: Promise<never>;

  constructor() {
    const worker = new DecodeWorker();
    this.worker = worker;
    this.broken = new Promise((_, reject) => {
      worker.addEventListener('error', (event) => reject(new Error(event.message)));
    });
    // Who asks hears of it; without a question it is not an unhandled rejection.
    this.broken.catch(() => {});
  }

  close(): void {
    this.worker.terminate();
  }

  call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
    signal?: AbortSignal,
  ): Promise<Calls[Name]['answer']> {
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise<Calls[Name]['answer']>((resolve, reject) => {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', () => reject(signal.reason));
      port1.addEventListener('message', ({ data }: MessageEvent<Answer<Name>>) => {
        port1.close();
        if (data.ok) resolve(data.value);
        else reject(errorOf(data.failure));
      });
      port1.start();
      this.worker.postMessage({ name, ask }, [port2]);
    });
    return Promise.race([answered, this.broken]);
  }
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'bug') return new Error(failure.message);
  return new UserError(failure.code, failure.message, failure.next);
}

/** How long findings wait for a first picture, which a page may never ask for. */
const PATIENCE_MS = 3_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function readFile(file: File): Promise<DroppedFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name: file.name, bytes, modified: file.lastModified };
}

function titleOf(files: readonly File[]): string {
  return files.length === 1 ? (files[0]?.name ?? 'file') : `${files.length} files`;
}

/**
 * One or more files as a source. Files of one type are captures of one program: merged over their
 * range, comparable, and snapshots; `bases` are what they are compared with. A file that cannot be read fails every question with its reason.
 */
export function fileSource(
  dropped: File | readonly File[],
  bases: readonly File[] = [],
): ProfileSource {
  const files = dropped instanceof File ? [dropped] : dropped;
  const worker = new FileWorker();
  const read = (side: readonly File[]) => Promise.all(side.map(readFile));
  const opened = Promise.all([read(files), read(bases)]).then(([own, base]) =>
    worker.call('open', { files: own, bases: base }),
  );
  // Every question reports the failure; without one yet it is not an unhandled rejection.
  opened.catch(() => {});
  const ask: FileWorker['call'] = async (name, question, signal) => {
    await opened;
    return worker.call(name, question, signal);
  };
  // The worker does one thing at a time: what is looked at comes before what is thought about it.
  const shown = Promise.withResolvers<void>();
  const asTree = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } finally {
      shown.resolve();
    }
  };
  const tree: SampleQuestions['tree'] = (query, signal) => asTree(ask('tree', query, signal));
  const diff: SampleQuestions['diff'] = (query, signal) => asTree(ask('diff', query, signal));
  return {
    kind: 'file',
    title: bases.length === 0 ? titleOf(files) : `${titleOf(files)} against ${titleOf(bases)}`,
    refines: true,
    types: (signal) => ask('types', undefined, signal),
    tree,
    diff,
    snapshots: (query, at, signal) => ask('snapshots', { query, at }, signal),
    labels: (query, key, signal) => ask('labels', { query, key }, signal),
    captures: (query, signal) => ask('captures', query, signal),
    goroutines: (query, signal) => asTree(ask('goroutines', query, signal)),
    async findings(_range, signal) {
      await Promise.race([shown.promise, opened.then(() => pause(PATIENCE_MS))]);
      return ask('findings', undefined, signal);
    },
    async download(query, signal) {
      return new Blob([await ask('download', query, signal)], { type: 'application/gzip' });
    },
    samples: {
      tree,
      diff,
      notes: (query, signal) => ask('notes', query, signal),
      who: (query, ownModules, signal) => ask('who', { query, ownModules }, signal),
      labelTable: (query, signal) => ask('labelTable', query, signal),
      heatMap: (query, signal) => ask('heatMap', query, signal),
    },
    reports: {
      graph: (query, signal) => ask('graph', query, signal),
      peek: (query, symbol, signal) => ask('peek', { query, symbol }, signal),
      // Neither sources nor binaries come along.
      code: undefined,
    },
    close: () => worker.close(),
  };
}
