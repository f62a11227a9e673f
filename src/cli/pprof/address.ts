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
  if (isWhygoPage(url)) return { url: mergedQuery(url), timeout: timeout > 0 ? timeout : 60 };
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

/** The address of whygo's page on a service: `http://localhost:4040/?service=shop&type=heap`. */
function isWhygoPage(url: URL): boolean {
  return url.pathname === '/' && url.searchParams.has('service');
}

const SPAN_UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The merged profile of what the page shows: service, type, range, and matchers of labels. */
function mergedQuery(page: URL): string {
  const { searchParams: shown } = page;
  const url = new URL('/api/v1/merged', page);
  const query = new URLSearchParams({
    service: shown.get('service') ?? '',
    type: shown.get('type') ?? 'cpu',
  });
  const last = /^(\d+(?:\.\d+)?)([smhd])$/.exec(shown.get('last') ?? '');
  const from = shown.get('from') ?? shown.get('winFrom');
  const to = shown.get('to') ?? shown.get('winTo');
  if (from !== null && to !== null) {
    query.set('from', from);
    query.set('to', to);
  } else if (last !== null) {
    const now = Date.now();
    query.set('from', String(now - Number(last[1]) * (SPAN_UNITS[last[2] ?? ''] ?? 0)));
    query.set('to', String(now));
  } else if (shown.get('last') === 'all') {
    query.set('from', '0');
    query.set('to', String(Date.now()));
  }
  for (const [key, value] of shown) if (/^(label|target)\./.test(key)) query.set(key, value);
  url.search = query.toString();
  return url.href;
}
