/**
 * A font of the machine for pictures: the file that suits a graph best.
 *
 * By file name, in the folders where systems keep fonts; nothing is asked of fontconfig. A few hundred
 * directory entries, read once per picture.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Graphviz lays text out in the widths of Times; then whatever has letters. */
const PREFERRED = [
  /^LiberationSerif-Regular\./i,
  /^times( new roman)?\./i,
  /^(NimbusRoman-Regular|FreeSerif|TeXGyreTermes-Regular)\./i,
  /^(NotoSerif-Regular|DejaVuSerif)\./i,
  /^(LiberationSans-Regular|Arial|Helvetica|NotoSans-Regular|DejaVuSans)\./i,
  /(Sans|Serif)[^/]*Regular\./i,
  /Regular\./i,
  /Mono/i,
];

const SYMBOLS = /(emoji|symbol|icon|dingbat|math|music|braille|wingding|webding)/i;

function folders(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): readonly string[] {
  const home = homedir();
  if (platform === 'darwin') {
    return ['/System/Library/Fonts', '/Library/Fonts', join(home, 'Library/Fonts')];
  }
  if (platform === 'win32') return [join(env.SystemRoot ?? 'C:\\Windows', 'Fonts')];
  const data = env.XDG_DATA_HOME ?? join(home, '.local/share');
  return [
    '/usr/share/fonts',
    '/usr/local/share/fonts',
    '/run/current-system/sw/share/X11/fonts',
    join(data, 'fonts'),
    join(home, '.fonts'),
  ];
}

/** The best font file; undefined where there is none. */
export function systemFont(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): Uint8Array | undefined {
  const files = folders(env, platform).flatMap((folder) => fontFiles(folder));
  const ranked = files
    .map((path) => ({ path, rank: rankOf(path) }))
    .sort((a, b) => a.rank - b.rank || (a.path < b.path ? -1 : 1));
  for (const { path } of ranked.slice(0, 5)) {
    try {
      return readFileSync(path);
    } catch {
      // A link that leads nowhere; the next one will do.
    }
  }
  return undefined;
}

/** Paths of the files below a folder that a rasterizer can read. */
export function fontFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ttf|otf|ttc)$/i.test(name) && !SYMBOLS.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function rankOf(path: string): number {
  const name = path.replace(/^.*[\\/]/, '');
  const rank = PREFERRED.findIndex((pattern) => pattern.test(name));
  return rank < 0 ? PREFERRED.length : rank;
}
