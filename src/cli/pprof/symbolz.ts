/**
 * Symbols from the server that a profile came from: its symbol handler is asked for names of addresses.
 *
 * internal/symbolz of Go 1.26's pprof. Only locations without lines are asked for, in mappings that have
 * no function names yet.
 */
import { posix } from 'node:path';
import type { Profile } from '../../profile/profile.ts';

/** A fetched profile, as it came. */
export interface RemoteProfile {
  readonly url: string;
  readonly profile: Profile;
}

/** Posts a body; gives the answer's text. */
export type Post = (url: string, body: string) => Promise<string>;

export async function symbolizeRemotely(
  profile: Profile,
  remotes: readonly RemoteProfile[],
  post: Post,
): Promise<Profile> {
  const names = new Map<number, string>();
  const asked = new Set<number>();
  for (const [index, mapping] of profile.mappings.entries()) {
    const source = mapping.hasFunctions ? undefined : sourceOf(profile, index, remotes);
    if (source === undefined) continue;
    asked.add(index);
    const locations = unnamed(profile, index);
    if (locations.length === 0) continue;
    // Merging may have moved the addresses.
    const moved = source.start - mapping.start;
    const addresses = locations.map((location) =>
      BigInt.asUintN(64, (profile.locations.address[location] ?? 0n) + moved),
    );
    const query = addresses.map((address) => `0x${address.toString(16)}`).join('+');
    const found = parseSymbols(await post(symbolHandler(source.url), query));
    locations.forEach((location, i) => {
      const name = found.get(addresses[i] ?? 0n);
      if (name !== undefined) names.set(location, name);
    });
  }
  if (asked.size === 0) return profile;
  const mappings = profile.mappings.map((mapping, index) =>
    asked.has(index) ? { ...mapping, hasFunctions: true } : mapping,
  );
  return withNames({ ...profile, mappings }, names);
}

function sourceOf(
  profile: Profile,
  index: number,
  remotes: readonly RemoteProfile[],
): { url: string; start: bigint } | undefined {
  const mapping = profile.mappings[index];
  if (mapping === undefined) return undefined;
  const key = mapping.buildId || mapping.file;
  for (const { url, profile: source } of remotes) {
    const found = source.mappings.find(({ buildId, file }) => (buildId || file) === key);
    if (found !== undefined) return { url, start: found.start };
  }
  return undefined;
}

/** Locations of a mapping that have an address and no line. */
function unnamed({ locations }: Profile, mapping: number): number[] {
  const found: number[] = [];
  for (let location = 0; location < locations.length; location++) {
    const empty = locations.lineStart[location] === locations.lineStart[location + 1];
    if (locations.mapping[location] === mapping && empty && locations.address[location] !== 0n) {
      found.push(location);
    }
  }
  return found;
}

const GPERFTOOLS = /\/pprof\/(heap|growth|profile|pmuprofile|contention)$/;

/** The handler beside the one that gave the profile. */
export function symbolHandler(source: string): string {
  const url = new URL(source);
  const known = url.pathname.includes('/debug/pprof/') || GPERFTOOLS.test(url.pathname);
  url.pathname = posix.normalize(`${url.pathname}/../${known ? 'symbol' : 'symbolz'}`);
  url.search = '';
  return url.href;
}

function parseSymbols(text: string): Map<bigint, string> {
  const names = new Map<bigint, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /(0x[0-9A-Fa-f]+)[\t\n\f\r ]+(.*)/.exec(line);
    if (match !== null) names.set(BigInt(match[1] ?? '0'), match[2] ?? '');
  }
  return names;
}

/** The profile with a line for every named location; equal names are one function. */
function withNames(profile: Profile, names: ReadonlyMap<number, string>): Profile {
  if (names.size === 0) return profile;
  const { functions, locations } = profile;
  const added = [...new Set(names.values())];
  const functionOf = new Map(added.map((name, i) => [name, functions.length + i]));
  const strings = [...profile.strings, ...added];
  const nameColumn = added.map((_, i) => profile.strings.length + i);
  const zeros = added.map(() => 0);
  const lines: { fn: number; line: number; column: number }[] = [];
  const lineStart = new Uint32Array(locations.length + 1);
  for (let location = 0; location < locations.length; location++) {
    const end = locations.lineStart[location + 1] ?? 0;
    for (let line = locations.lineStart[location] ?? 0; line < end; line++) {
      lines.push({
        fn: locations.lineFunction[line] ?? -1,
        line: locations.lineNumber[line] ?? 0,
        column: locations.lineColumn[line] ?? 0,
      });
    }
    const name = names.get(location);
    if (name !== undefined) lines.push({ fn: functionOf.get(name) ?? -1, line: 0, column: 0 });
    lineStart[location + 1] = lines.length;
  }
  return {
    ...profile,
    strings,
    functions: {
      length: functions.length + added.length,
      id: BigUint64Array.from([
        ...functions.id,
        ...added.map((_, i) => BigInt(functions.length + i + 1)),
      ]),
      name: Int32Array.from([...functions.name, ...nameColumn]),
      systemName: Int32Array.from([...functions.systemName, ...nameColumn]),
      filename: Int32Array.from([...functions.filename, ...zeros]),
      startLine: Float64Array.from([...functions.startLine, ...zeros]),
    },
    locations: {
      ...locations,
      lineStart,
      lineFunction: Int32Array.from(lines, ({ fn }) => fn),
      lineNumber: Float64Array.from(lines, ({ line }) => line),
      lineColumn: Float64Array.from(lines, ({ column }) => column),
    },
  };
}
