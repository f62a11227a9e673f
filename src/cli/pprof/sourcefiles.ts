/** Source files by the names that profiles have for them (sourceReader of Go 1.26's pprof). */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { splitList, trimPath } from '../../report/pprof/gotext.ts';
import type { ReadSource, SourceFile } from '../../report/pprof/sourcemodel.ts';

/** Reads files below the folders of a search path or their parents; absolute names as they are. */
export function sourceReader(searchPath: string, trim: string): ReadSource {
  const files = new Map<string, SourceFile>();
  return (path) => {
    let file = files.get(path);
    if (file === undefined) {
      file = readSource(path, searchPath, trim);
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

function readLines(path: string): SourceFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { lines: lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) };
}
