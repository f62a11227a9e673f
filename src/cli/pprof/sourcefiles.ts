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

/** Reads files below the folders of a search path or their parents; absolute names as they are. */
export function sourceReader(
  searchPath: string,
  trim: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ReadSource {
  const files = new Map<string, SourceFile>();
  let folders: GoFolders | undefined;
  return (path) => {
    let file = files.get(path);
    if (file === undefined) {
      file = readSource(path, searchPath, trim);
      if ('error' in file) {
        folders ??= goFolders(env);
        file = readGoSource(path, folders, searchPath) ?? file;
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

function readGoSource(name: string, folders: GoFolders, search: string): SourceFile | undefined {
  for (const path of goSourceCandidates(name, folders, splitList(search))) {
    const lines = readLines(path);
    if (lines !== undefined) return lines;
  }
  return undefined;
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
