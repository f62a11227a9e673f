/**
 * The worker thread behind `whygo pprof -http`: fetches the profile, then answers one question after
 * the other, while the server's own thread goes on serving the page.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { DecodeError, UserError } from '../../base/errors.ts';
import type { Ask, Failure, Told, WorkerStart } from './httpprotocol.ts';
import { ProfileSession } from './httpsession.ts';
import { PprofError } from './io.ts';
import { processIo } from './main.ts';

const port = parentPort;
if (port === null) throw new Error('this module is a worker');
const { line }: WorkerStart = workerData;
const io = processIo();

function tell(told: Told): void {
  port?.postMessage(told);
}

async function contentOf(session: ProfileSession, ask: Ask): Promise<string | Uint8Array> {
  const params = new URLSearchParams(ask.params);
  switch (ask.name) {
    case 'reload':
      return session.reload();
    case 'base':
      return session.compare(params.get('name') ?? 'profile', ask.body ?? new Uint8Array());
    case 'nobase':
      return session.compareNoMore();
    case 'download':
      return session.download();
    case 'saveconfig':
      session.saveConfig(params);
      return '';
    case 'deleteconfig':
      session.deleteConfig(params.get('config') ?? '');
      return '';
    default:
      return session.answer(ask.name, params);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof UserError) {
    const { code, message, next } = error;
    return { kind: 'user', code, message, next };
  }
  if (error instanceof PprofError) {
    const next = 'Change the options, or remove the filters';
    return { kind: 'user', code: 'bad-option', message: error.message, next };
  }
  if (error instanceof DecodeError) {
    const next = 'Drop a pprof profile';
    return { kind: 'user', code: 'cannot-decode', message: error.message, next };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: 'bug', message: stack ?? String(error) };
}

async function open(): Promise<ProfileSession | undefined> {
  try {
    return await ProfileSession.open(line, io);
  } catch (error) {
    if (!(error instanceof PprofError)) throw error;
    tell({ kind: 'refused', message: error.message });
    return undefined;
  }
}

const session = await open();
if (session !== undefined) {
  port.on('message', async (ask: Ask) => {
    const { id } = ask;
    try {
      const content = await contentOf(session, ask);
      tell({ kind: 'answer', id, content });
    } catch (error) {
      tell({ kind: 'failure', id, failure: failureOf(error) });
    }
  });
  tell({ kind: 'opened' });
  // The first question of every page, answered while the browser still starts.
  await session.warmUp();
}
