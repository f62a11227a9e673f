/** Which sources are URLs, and what is asked of them (adjustURL of cmd/pprof/pprof.go, Go 1.26). */

export interface RemoteSource {
  readonly url: string;
  /** Seconds until the answer must begin. */
  readonly timeout: number;
}

/** What is asked of a URL without a path: 30 seconds of CPU. */
const DEFAULT_PATH = '/debug/pprof/profile';

/** The URL that a source means, or undefined when it is none (adjustURL). */
export function remoteSource(
  source: string,
  seconds: number,
  timeout: number,
): RemoteSource | undefined {
  const text = withScheme(source);
  if (text === undefined || !URL.canParse(text.replace('https+insecure:', 'https:'))) {
    return undefined;
  }
  const url = new URL(text.replace('https+insecure:', 'https:'));
  if (url.pathname === '' || url.pathname === '/') url.pathname = DEFAULT_PATH;
  let duration = seconds;
  if (seconds > 0) url.searchParams.set('seconds', String(seconds));
  else duration = Number.parseInt(url.searchParams.get('seconds') ?? '0', 10) || 0;
  url.searchParams.sort();
  const wait = duration > 0 ? duration * 1.5 : 60;
  const address = text.startsWith('https+insecure:')
    ? url.href.replace('https:', 'https+insecure:')
    : url.href;
  return { url: address, timeout: timeout > 0 ? timeout : wait };
}

/** `host:port/path` is HTTP. Undefined for what looks like a file. */
function withScheme(source: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]/.test(source)) return source;
  const firstSegment = source.split('/')[0] ?? '';
  if (!firstSegment.includes(':') || source.startsWith('file:')) return undefined;
  return `http://${firstSegment.startsWith(':') ? 'localhost' : ''}${source}`;
}
