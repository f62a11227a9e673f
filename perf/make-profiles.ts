/**
 * The profiles that perf/decode.ts measures with, made on this machine: `node perf/make-profiles.ts`.
 *
 * Real profiles of the Go compiler at work (needs `go`): its CPU profile of net/http, its heap profile
 * of go/types at one sample per 2 KiB, and its heap profiles of seven packages at one per 64 bytes,
 * merged into one. Written to .cache/perf/ (git-ignored); what is there already is kept. The large
 * one takes a few minutes and about 2 GB.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodePprof, encodePprof } from '../src/formats/pprof.ts';
import { mergeProfiles } from '../src/profile/merge.ts';

export const PERF_CACHE = join(import.meta.dirname, '../.cache/perf');

interface Recipe {
  readonly name: string;
  /** Flags of the compiler; DIR/ stands for the folder that takes the profiles. */
  readonly gcflags: string;
  readonly packages: readonly string[];
}

export const RECIPES: readonly Recipe[] = [
  { name: 'small-cpu', gcflags: '-cpuprofile=DIR/', packages: ['net/http'] },
  {
    name: 'medium-heap',
    gcflags: '-memprofile=DIR/ -memprofilerate=2048',
    packages: ['go/types'],
  },
  {
    name: 'large-heap',
    gcflags: '-memprofile=DIR/ -memprofilerate=64',
    packages: [
      'net/http',
      'go/types',
      'crypto/tls',
      'runtime',
      'text/template',
      'encoding/json',
      'crypto/x509',
    ],
  },
];

/** Path of a recipe's profile, made when it is missing. */
export function profileFile(recipe: Recipe): string {
  const file = join(PERF_CACHE, `${recipe.name}.pb.gz`);
  if (existsSync(file)) return file;
  mkdirSync(PERF_CACHE, { recursive: true });
  // A folder of its own makes the flags new, so that the build cache does not skip the compiler.
  const folder = mkdtempSync(join(tmpdir(), 'whygo-perf-'));
  try {
    process.stderr.write(`making ${file}\n`);
    const gcflags = `-gcflags=${recipe.gcflags.replace('DIR/', `${folder}/`)}`;
    const build = spawnSync('go', ['build', '-o', '/dev/null', gcflags, ...recipe.packages], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
    const profiles = readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name)));
    if (profiles.length !== recipe.packages.length) {
      throw new Error(`the compiler left ${profiles.length} profiles in ${folder}`);
    }
    writeFileSync(file, joined(profiles));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

/** One profile as it is; several merged. */
function joined(files: readonly Uint8Array[]): Uint8Array {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first;
  const merged = mergeProfiles(files.map((bytes) => decodePprof(gunzipSync(bytes))));
  return gzipSync(encodePprof(merged));
}

if (import.meta.main) {
  for (const recipe of RECIPES) process.stdout.write(`${profileFile(recipe)}\n`);
}
