/**
 * The index page of net/http/pprof → which profiles a program has, and how many entries each.
 *
 * The counts are cheap to get (no stop of the world): of `goroutine` it is the number of goroutines,
 * of `threadcreate` the number of threads, of the others the number of distinct stacks.
 * Source: src/net/http/pprof/pprof.go, indexTmplExecute (Go 1.19 to 1.27: one row an entry).
 */
import { DecodeError } from '../base/errors.ts';

/** Profile name → count. */
export type IndexPage = ReadonlyMap<string, number>;

/** Pages of their own below /debug/pprof that are no snapshot of a runtime/pprof.Profile. */
const notProfiles = new Set(['cmdline', 'profile', 'symbol', 'trace']);

/** Throws DecodeError when the page lists no profile. */
export function parseIndexPage(html: string): IndexPage {
  const profiles = new Map<string, number>();
  const row =
    /<tr>\s*<td>\s*(\d+)\s*(?:<\/td>)?\s*<td>\s*<a href=['"]([^'"]*)['"][^>]*>([^<]*)<\/a>/gi;
  for (const [, count, href = '', text = ''] of html.matchAll(row)) {
    const name = profileName(href, text);
    if (name !== '' && !notProfiles.has(name)) profiles.set(name, Number(count));
  }
  if (profiles.size === 0) {
    throw new DecodeError('pprof index page', 0, 'it lists no profile');
  }
  return profiles;
}

/** The link is the name, percent-encoded, with `?debug=1`; the text is the name, as HTML. */
function profileName(href: string, text: string): string {
  const path = unescapeHtml(href).split('?')[0] ?? '';
  try {
    return decodeURIComponent(path.replace(/^\.\//, ''));
  } catch {
    // A name with a bare percent sign: the text has it too.
    return unescapeHtml(text);
  }
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
