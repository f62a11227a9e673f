/** The options of the command line as the first address of the page. */
import type { Config } from './config.ts';
import { makeUrl } from './settings.ts';

/** The parameters that show the options of the command line. */
export function startQuery(config: Config): string {
  const params = new URLSearchParams();
  for (const name of ['tagroot', 'tagleaf'] as const) {
    if (config[name] !== '') params.set(name, config[name]);
  }
  return makeUrl(config, params).query;
}
