/**
 * “Save as HTML”: the profile that is shown, in a page of its own that needs no server.
 *
 * The page to put it in comes from where this page came from; the profile from its source. In a
 * comparison both sides are kept, as `pprof -diff_base` writes them. Loaded when it is asked for.
 */
import { gunzipSync, gzipSync } from 'fflate';
import { type SavedProfile, withSavedProfile } from '../../api/savedpage.ts';
import { UserError } from '../../base/errors.ts';
import { decodePprof, encodePprof } from '../../formats/pprof.ts';
import { isInstant } from '../../profile/instant.ts';
import type { Profile } from '../../profile/profile.ts';
import { combineProfiles, subtractBase } from '../../report/pprof/combine.ts';
import { compactProfile } from '../../report/reading/compact.ts';
import type { ProfileSource, TreeQuery } from '../data/source.ts';

export interface PageToSave {
  readonly source: ProfileSource;
  readonly query: TreeQuery;
  /** What is compared with; undefined = nothing (or the source itself compares). */
  readonly base: TreeQuery | undefined;
  readonly sampleType: string;
  /** Profiles that were merged; readings of a moment are their average. */
  readonly profiles: number;
  /** The address's query: the view that the page opens with. */
  readonly view: string;
}

/** Beside this module when it is built; Vite must not take it for an asset of ours. */
const TEMPLATE = 'saved.html';

async function template(): Promise<string> {
  const response = await fetch(new URL(TEMPLATE, import.meta.url), { cache: 'no-cache' }).catch(
    () => undefined,
  );
  if (response?.ok === true) return response.text();
  throw new UserError(
    'page-not-reachable',
    'The page to save the profile in cannot be fetched',
    'Start the server again, or use whygo pprof -html -output=FILE.html PROFILE',
  );
}

async function profileOf(source: ProfileSource, query: TreeQuery): Promise<Profile> {
  const blob = await source.download(query, new AbortController().signal);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return decodePprof(gunzipSync(bytes));
}

/** Base64 in pieces: a call with a million arguments is one too many. */
function base64Of(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 32_766) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 32_766))));
  }
  return pieces.join('');
}

/** The file. Throws `UserError` when the page to put it in, or the profile, cannot be had. */
export async function savedPageOf(page: PageToSave): Promise<Blob> {
  const { source, query, base, sampleType, profiles, view } = page;
  const [html, own, before] = await Promise.all([
    template(),
    profileOf(source, query),
    base && profileOf(source, base),
  ]);
  const averaged = isInstant(query.type, sampleType) ? averageOf(own, profiles) : own;
  const both =
    before === undefined ? averaged : subtractBase(averaged, combineProfiles([before]), true);
  const bytes = gzipSync(encodePprof(compactProfile(both)), { level: 9 });
  const saved: SavedProfile = {
    title: source.title,
    name: `${query.type}.pb.gz`,
    savedAt: Date.now(),
    view,
    profile: base64Of(bytes),
  };
  return new Blob([withSavedProfile(html, saved)], { type: 'text/html' });
}

/** Readings of a moment were added up by the merge. */
function averageOf(profile: Profile, profiles: number): Profile {
  if (profiles <= 1) return profile;
  const values = profile.samples.values.map((column, type) => {
    const isReading = isInstant('', profile.sampleTypes[type]?.type ?? '');
    return isReading && column instanceof Float64Array
      ? column.map((value) => Math.round(value / profiles))
      : column;
  });
  return { ...profile, samples: { ...profile.samples, values } };
}
