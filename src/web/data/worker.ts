/**
 * The worker behind a dropped file: decodes it and answers questions about it, off the page's thread.
 */
import { gzipSync } from 'fflate';
import { DecodeError, messageOf, UserError } from '../../base/errors.ts';
import { explain } from '../../explain/explain.ts';
import { compressionOf } from '../../formats/compression.ts';
import { type DroppedFile, FileSet } from './fileset.ts';
import { gunzipNatively, pageDecompressors } from './gunzip.ts';
import type { Answer, CallName, Calls, Failure, Request } from './protocol.ts';

let files: FileSet | undefined;

function opened(): FileSet {
  if (files === undefined) throw new Error('asked before a file was opened');
  return files;
}

async function unpacked(file: DroppedFile): Promise<DroppedFile> {
  const isGzip = compressionOf(file.bytes) === 'gzip';
  return { ...file, bytes: (isGzip && (await gunzipNatively(file.bytes))) || file.bytes };
}

async function answerTo(request: Request): Promise<Calls[CallName]['answer']> {
  switch (request.name) {
    case 'open': {
      const [ready, bases] = await Promise.all(
        [request.ask.files, request.ask.bases].map((side) => Promise.all(side.map(unpacked))),
      );
      files = new FileSet(ready ?? [], pageDecompressors, explain, bases);
      return undefined;
    }
    case 'types':
      return opened().types();
    case 'tree':
      return opened().tree(request.ask);
    case 'diff':
      return opened().diff(request.ask);
    case 'snapshots':
      return opened().snapshots(request.ask.query, request.ask.at);
    case 'labels':
      return opened().labels(request.ask.query, request.ask.key);
    case 'captures':
      return opened().captures(request.ask);
    case 'goroutines':
      return opened().goroutines(request.ask);
    case 'findings':
      return opened().findings();
    case 'notes':
      return opened().notes(request.ask);
    case 'who':
      return opened().who(request.ask.query, request.ask.ownModules);
    case 'labelTable':
      return opened().labelTable(request.ask);
    case 'heatMap':
      return opened().heatMap(request.ask);
    case 'graph':
      return opened().graph(request.ask);
    case 'peek':
      return opened().peek(request.ask.query, request.ask.symbol);
    case 'download':
      return gzipSync(opened().encode(request.ask));
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof UserError) {
    return { kind: 'user', code: error.code, message: error.message, next: error.next };
  }
  if (error instanceof DecodeError) {
    const next = 'The file is damaged: fetch it again';
    return { kind: 'user', code: 'damaged-file', message: error.message, next };
  }
  return { kind: 'bug', message: messageOf(error) };
}

addEventListener('message', async (event: MessageEvent<Request>) => {
  let answer: Answer<CallName>;
  try {
    answer = { ok: true, value: await answerTo(event.data) };
  } catch (error) {
    answer = { ok: false, failure: failureOf(error) };
  }
  event.ports[0]?.postMessage(answer);
});
