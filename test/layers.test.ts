/**
 * Imports flow downhill. This table is the architecture; docs/architecture.md explains it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const pure = {
  base: [],
  profile: ['base'],
  formats: ['base', 'profile'],
  trace: ['base', 'profile'],
  goroutines: ['base', 'profile'],
  metrics: ['base', 'profile'],
  bench: ['base', 'profile'],
  spans: ['base', 'profile'],
  binary: ['base', 'profile'],
  compiler: ['base', 'profile'],
} as const;

const decoders = Object.keys(pure);

/** A room, and the rooms it may import from. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ...pure,
  report: decoders,
  open: [...decoders, 'report'],
  explain: [...decoders, 'report', 'open'],
  api: [...decoders, 'report', 'open', 'explain'],
  collect: [...decoders, 'report', 'open', 'explain', 'api'],
  store: [...decoders, 'report', 'open', 'explain', 'api'],
  server: [...decoders, 'report', 'open', 'explain', 'api', 'collect', 'store'],
  cli: [...decoders, 'report', 'open', 'explain', 'api', 'collect', 'store', 'server'],
  web: [...decoders, 'report', 'open', 'explain', 'api'],
};

/** Rooms that run in Node and in the browser alike: they may name neither. */
const PURE = [...decoders, 'report', 'open', 'explain', 'api'];
/** Packages a pure room may use: they are ECMAScript only. */
const PURE_PACKAGES = ['zod', 're2js'];

const source = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src');
const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const room = relative(source, file).split(sep)[0] ?? '';
  const found: Import[] = [];
  for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
    found.push({ file: relative(source, file), room, target: match[1] ?? match[2] ?? '' });
  }
  return found;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => join(source, name));
const imports = files.flatMap(importsOf);

function roomOf(edge: Import): string {
  return (
    relative(source, resolve(dirname(join(source, edge.file)), edge.target)).split(sep)[0] ?? ''
  );
}

describe('the layers of src/', () => {
  test('every folder is in the table', () => {
    const rooms = new Set(files.map((file) => relative(source, file).split(sep)[0] ?? ''));
    expect([...rooms].filter((room) => !(room in LAYERS))).toEqual([]);
  });

  test('the imports are found', () => {
    expect(imports.length).toBeGreaterThan(files.length / 2);
  });

  test('imports flow downhill', () => {
    const uphill = imports
      .filter((edge) => edge.target.startsWith('.'))
      .filter((edge) => roomOf(edge) !== edge.room && !LAYERS[edge.room]?.includes(roomOf(edge)))
      .map((edge) => `${edge.file} imports ${edge.target}`);
    expect(uphill).toEqual([]);
  });

  test('pure rooms use neither Node nor unlisted packages', () => {
    const impure = imports
      .filter((edge) => PURE.includes(edge.room) && !edge.target.startsWith('.'))
      .filter((edge) => !PURE_PACKAGES.some((name) => edge.target === name))
      .map((edge) => `${edge.file} imports ${edge.target}`);
    expect(impure).toEqual([]);
  });

  test('DuckDB is named in the store alone', () => {
    const elsewhere = imports
      .filter((edge) => edge.target.startsWith('@duckdb/') && edge.room !== 'store')
      .map((edge) => edge.file);
    expect(elsewhere).toEqual([]);
  });
});
