/** `-fetch=5s TARGET`: records a running program through net/http/pprof. */
import { createFetchClient } from '../../collect/fetch.ts';
import { parseTargetUrl } from '../../collect/target-url.ts';
import { durationFlag } from '../duration.ts';
import { Progress } from '../terminal.ts';

const MAX_BYTES = 1024 ** 3;
const SLACK_MILLIS = 30_000;

/** The recording's bytes. `duration` as in the flag: 5s, 500ms. Throws `FetchError`, `UserError`. */
export async function fetchTrace(source: string, duration: string): Promise<Uint8Array> {
  const millis = durationFlag('-fetch', duration);
  const target = parseTargetUrl(source, 'http');
  const url = `${target.origin}${target.pathPrefix}/debug/pprof/trace?seconds=${millis / 1000}`;
  const client = createFetchClient(target.authorization, { insecureSkipVerify: false });
  const progress = new Progress();
  progress.show(`recording ${source} for ${duration}`);
  try {
    const timeoutMillis = millis + SLACK_MILLIS;
    return (await client.get(url, { timeoutMillis, maxBytes: MAX_BYTES })).bytes;
  } finally {
    progress.clear();
    client.close();
  }
}
