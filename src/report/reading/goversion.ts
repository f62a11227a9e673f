/**
 * Which Go built a program, as far as a profile shows it.
 *
 * pprof files do not name the version. The paths of the sources often do: a toolchain that was
 * downloaded lies in `golang.org/toolchain@v0.0.1-go1.22.12.linux-amd64/`, an installed one often in
 * `…/go1.22.12/`. `-trimpath` removes both; then the version is unknown, and rules that need it
 * keep still or say so.
 */
import type { Profile } from '../../profile/profile.ts';

export interface GoVersion {
  readonly minor: number;
  /** As it was written: `1.22.12`. */
  readonly text: string;
}

/** `go1.22.12`, `1.22` or `go1.27rc1`; undefined when it is none. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = /^(?:go)?1\.(\d+)((?:\.\d+)?(?:(?:rc|beta)\d+)?)\b/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { minor: Number(match[1]), text: `1.${match[1]}${match[2] ?? ''}` };
}

/** From the path of a file of the standard library; undefined when no path tells. */
export function goVersionOf(profile: Profile): GoVersion | undefined {
  for (const path of profile.strings) {
    const match = /\/(?:toolchain@v[\d.]+-)?go(1\.\d+[^/]*)\/src\//.exec(path);
    if (match?.[1] !== undefined) return parseGoVersion(match[1]);
  }
  return undefined;
}
