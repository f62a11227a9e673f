/**
 * The profiles that the benchmarks measure with, made on this machine: `node perf/make-profiles.ts`.
 *
 * Real profiles of the Go compiler at work (needs `go`): its CPU profile of net/http, its heap profile
 * of go/types at one sample per 2 KiB, and its heap profiles of seven packages at one per 64 bytes,
 * merged into one; other packages as bases to compare with; and its CPU profiles of the whole standard
 * library as if eighteen labelled pods had sent them. Written to .cache/perf/ (git-ignored); what is there
 * already is kept. The large and the labelled ones take a few minutes and about 2 GB.
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
import { LabelSetBuilder } from '../src/profile/labels.ts';
import { mergeProfiles } from '../src/profile/merge.ts';
import type { Profile } from '../src/profile/profile.ts';

export const PERF_CACHE = join(import.meta.dirname, '../.cache/perf');

interface Recipe {
  readonly name: string;
  /** Flags of the compiler; DIR/ stands for the folder that takes the profiles. */
  readonly gcflags: string;
  readonly packages: readonly string[];
  /** Take every profile this often, labelled by package, pod and shard. */
  readonly pods?: number;
}

/** Heap profiles with a sample every 64 bytes. */
const HEAP_AT_64 = '-memprofile=DIR/ -memprofilerate=64';

export const RECIPES: readonly Recipe[] = [
  { name: 'small-cpu', gcflags: '-cpuprofile=DIR/', packages: ['net/http'] },
  {
    name: 'medium-heap',
    gcflags: '-memprofile=DIR/ -memprofilerate=2048',
    packages: ['go/types'],
  },
  {
    name: 'large-heap',
    gcflags: HEAP_AT_64,
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

/** The same with bases and labels: what perf/pprof.ts measures with. */
export const PPROF_RECIPES: readonly Recipe[] = [
  ...RECIPES,
  { name: 'labelled-cpu', gcflags: 'all=-cpuprofile=DIR/', packages: ['std'], pods: 18 },
  { name: 'labelled-cpu-base', gcflags: 'all=-cpuprofile=DIR/', packages: ['net/http'], pods: 18 },
  { name: 'small-cpu-base', gcflags: '-cpuprofile=DIR/', packages: ['go/types'] },
  {
    name: 'medium-heap-base',
    gcflags: '-memprofile=DIR/ -memprofilerate=2048',
    packages: ['crypto/tls'],
  },
  { name: 'large-heap-base', gcflags: HEAP_AT_64, packages: ['go/types'] },
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
    const names = readdirSync(folder).sort();
    const profiles = names.map((name) => readFileSync(join(folder, name)));
    if (profiles.length < recipe.packages.length) {
      throw new Error(`the compiler left ${profiles.length} profiles in ${folder}`);
    }
    const { pods } = recipe;
    writeFileSync(file, pods === undefined ? joined(profiles) : podsOf(profiles, names, pods));
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

/** Every profile once for every pod, labelled, its values times one to five; merged. */
function podsOf(files: readonly Uint8Array[], names: readonly string[], pods: number): Uint8Array {
  // Knuth's generator: the same profile every time.
  let state = 42n;
  const factor = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % 5n) + 1;
  };
  const profiles = files.flatMap((bytes, i) => {
    const profile = decodePprof(gunzipSync(bytes));
    return Array.from({ length: pods }, (_, pod) => labelled(profile, names[i] ?? '', pod, factor));
  });
  return gzipSync(encodePprof(mergeProfiles(profiles)));
}

function labelled(profile: Profile, name: string, pod: number, factor: () => number): Profile {
  const strings = [...profile.strings];
  const builder = new LabelSetBuilder();
  const set = builder.intern([
    { key: 'package', text: name },
    { key: 'pod', text: `pod-${String(pod).padStart(3, '0')}` },
    { key: 'shard', number: BigInt(pod % 8), unit: '' },
  ]);
  const { length } = profile.samples;
  const factors = Float64Array.from({ length }, factor);
  return {
    ...profile,
    labelSets: builder.finish((text) => strings.push(text) - 1),
    strings,
    samples: {
      ...profile.samples,
      labelSet: new Uint32Array(length).fill(set),
      values: profile.samples.values.map((column) =>
        Float64Array.from({ length }, (_, row) => Number(column[row] ?? 0) * (factors[row] ?? 1)),
      ),
    },
  };
}

if (import.meta.main) {
  for (const recipe of PPROF_RECIPES) process.stdout.write(`${profileFile(recipe)}\n`);
}
