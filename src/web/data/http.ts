/**
 * Requests to a whygo server: query strings, and answers that are not fine as `UserError`s.
 *
 * Not a client of its own: server.ts and pprof.ts say what is asked.
 */
import { WireError } from '../../api/wire.ts';
import { UserError } from '../../base/errors.ts';

type Value = string | number | boolean | undefined | readonly (string | number)[];
export type Params = Readonly<Record<string, Value>>;

/** Long: a first query over a day of profiles may take seconds, and people tether. */
const TIMEOUT_MS = 60_000;

export function queryString(params: Params): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === '' || value === false) continue;
    if (typeof value === 'object') for (const item of value) search.append(key, String(item));
    else search.set(key, value === true ? '1' : String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

export function prefixed(prefix: string, labels: Readonly<Record<string, string>>): Params {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]));
}

export async function failureOf(response: Response): Promise<UserError> {
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = WireError.safeParse(body);
  if (parsed.success) {
    const { code, message, next } = parsed.data.error;
    return new UserError(code, message, next);
  }
  const what = `The server answered ${response.status} ${response.statusText}`.trim();
  return new UserError('server-answer', what, 'Look at what whygo printed on its terminal');
}

export async function get(url: string, signal: AbortSignal): Promise<Response> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(url, { signal: limited }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new UserError(
      late ? 'server-slow' : 'server-unreachable',
      late ? `No answer within ${TIMEOUT_MS / 1000} s` : 'The server does not answer',
      late ? 'Select a shorter range, or ask again' : 'Is whygo still running?',
    );
  });
  if (!response.ok) throw await failureOf(response);
  return response;
}
