/**
 * Source files by the names that profiles have for them.
 *
 * First where Go 1.26's pprof looks (sourceReader, internal/report/source.go); then where Go keeps the
 * sources of its packages (gosources.ts), which pprof does not know.
 */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { splitList, trimPath } from '../../report/pprof/gotext.ts';
import type { ReadSource, SourceFile } from '../../report/pprof/sourcemodel.ts';
import { type GoFolders, goFolders, goSourceCandidates } from './gosources.ts';

/** pprof reads no further than a line of that many bytes (bufio.MaxScanTokenSize). */
const LONGEST_LINE = 65536;

/** What a search beyond pprof's depends on, and whom it tells where it has found something. */
export interface SourceSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly message: (text: string) => void;
}

const QUIET: SourceSurroundings = { env: process.env, message: () => undefined };

/** Reads files below the folders of a search path or their parents; absolute names as they are. */
export function sourceReader(
  searchPath: string,
  trim: string,
  { env, message }: SourceSurroundings = QUIET,
): ReadSource {
  const files = new Map<string, SourceFile>();
  const told = new Set<string>();
  let folders: GoFolders | undefined;
  const tellRoot = (path: string) => {
    const root = folders?.roots.find((folder) => path.startsWith(join(folder, 'src')));
    if (root === undefined || told.has(root)) return;
    told.add(root);
    // Lines are those of the release that built the program only if this is the same.
    message(`Sources of the standard library are those of ${root}${releaseOf(root)}`);
  };
  return (path) => {
    let file = files.get(path);
    if (file === undefined) {
      file = readSource(path, searchPath, trim);
      if ('error' in file) {
        folders ??= goFolders(env);
        file = readGoSource(path, folders, searchPath, tellRoot) ?? file;
      }
      files.set(path, file);
    }
    return file;
  };
}

function readSource(name: string, searchPath: string, trim: string): SourceFile {
  const path = trimPath(name, trim, searchPath);
  if (isAbsolute(path)) {
    return readLines(path) ?? { error: `open ${path}: no such file or directory` };
  }
  for (const folder of splitList(searchPath)) {
    for (let dir = folder; ; dir = dirname(dir)) {
      const lines = readLines(join(dir, path));
      if (lines !== undefined) return lines;
      if (dirname(dir) === dir) break;
    }
  }
  return { error: `could not find file ${path} on path ${searchPath}` };
}

function readGoSource(
  name: string,
  folders: GoFolders,
  search: string,
  found: (path: string) => void,
): SourceFile | undefined {
  for (const path of goSourceCandidates(name, folders, splitList(search))) {
    const lines = readLines(path);
    if (lines === undefined) continue;
    found(path);
    return lines;
  }
  return undefined;
}

/** ` (go1.26.1)`, out of the installation's VERSION; '' = it has none. */
function releaseOf(root: string): string {
  const version = readLines(join(root, 'VERSION'));
  const [first = ''] = version === undefined || 'error' in version ? [] : version.lines;
  return first === '' ? '' : ` (${first})`;
}

function readLines(path: string): SourceFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const tooLong = lines.findIndex(
    (line) => line.length * 3 >= LONGEST_LINE && Buffer.byteLength(line) >= LONGEST_LINE,
  );
  const read = tooLong < 0 ? lines : lines.slice(0, tooLong);
  return { lines: read.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) };
}
