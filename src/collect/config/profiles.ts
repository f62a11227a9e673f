/**
 * Which profiles are taken from a target, where and how often: net/http/pprof's, unless the
 * configuration says otherwise.
 */
import type { ProfileFile } from './schema.ts';

/** How one profile type of a target is fetched. */
export interface ProfileConfig {
  /** The store's type: 'cpu', 'heap', … or a custom profile's name. */
  readonly type: string;
  /** Absolute path on the target, with `path_prefix`. */
  readonly path: string;
  readonly delta: boolean;
  /** Length of a timed profile; undefined = a snapshot. */
  readonly seconds: number | undefined;
  readonly intervalMillis: number;
}

const LONGEST_CPU_SECONDS = 10;

/** A CPU profile leaves at least a tenth of the interval to the others, and at most 10 s long. */
export function defaultCpuSeconds(intervalMillis: number): number {
  return Math.max(1, Math.min(LONGEST_CPU_SECONDS, Math.floor((intervalMillis * 0.9) / 1000)));
}

/** Parca's names for the types, beside whygo's own (which are net/http/pprof's). */
const typeNames: Readonly<Record<string, string>> = {
  process_cpu: 'cpu',
  profile: 'cpu',
  memory: 'heap',
};

/**
 * [type, path under /debug/pprof, values since process start]. There is no allocs: the heap profile
 * carries the same four sample types, so one fetch gives both (heap-profiles.ts).
 */
const standard: readonly (readonly [string, string, boolean])[] = [
  ['cpu', 'profile', false],
  ['heap', 'heap', false],
  ['block', 'block', true],
  ['mutex', 'mutex', true],
  ['goroutine', 'goroutine', false],
  ['threadcreate', 'threadcreate', false],
];

export function profilesOf(
  config: Readonly<Record<string, ProfileFile>>,
  prefix: string,
  intervalMillis: number,
  cpuSeconds: number,
): readonly ProfileConfig[] {
  const own = new Map<string, ProfileFile>();
  for (const [name, profile] of Object.entries(config)) own.set(typeNames[name] ?? name, profile);
  const profiles: ProfileConfig[] = [];
  for (const [type, name, delta] of standard) {
    const profile = own.get(type) ?? {};
    own.delete(type);
    if (profile.enabled === false) continue;
    profiles.push({
      type,
      path: profile.path ?? `${prefix}/debug/pprof/${name}`,
      delta: profile.delta ?? delta,
      seconds: profile.seconds ?? (type === 'cpu' ? cpuSeconds : undefined),
      intervalMillis: profile.interval ?? intervalMillis,
    });
  }
  const withHeap = profiles.some((profile) => profile.type === 'heap');
  for (const [type, profile] of own) {
    if (profile.enabled === false || (type === 'allocs' && withHeap)) continue;
    const path = type === 'fgprof' ? '/debug/fgprof' : `/debug/pprof/${type}`;
    profiles.push({
      type,
      path: profile.path ?? `${prefix}${path}`,
      delta: profile.delta ?? type === 'allocs',
      seconds: profile.seconds ?? (type === 'fgprof' ? cpuSeconds : undefined),
      intervalMillis: profile.interval ?? intervalMillis,
    });
  }
  return profiles;
}
