/**
 * `whygo pprof -html -output=FILE.html`: the page on the profile as one file that opens offline.
 *
 * What the report's filters leave goes into the page that was built for it (dist/web/assets), with
 * both sides of a -diff_base comparison. Not among pprof's own commands.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type SavedProfile, withSavedProfile } from '../../api/savedpage.ts';
import { UserError } from '../../base/errors.ts';
import { encodePprof } from '../../formats/pprof.ts';
import type { Report } from '../../report/pprof/report.ts';
import { compactProfile } from '../../report/reading/compact.ts';
import { profileKind } from '../../report/reading/kind.ts';
import { PACKAGE_ROOT } from '../package-root.ts';
import { PprofError } from './io.ts';

/** Written once and read often: the smallest file. */
const COMPRESSION = { level: 9 };

/** The whole page. Throws `PprofError` when it was not built. */
export function savedPage({ profile, options }: Report, savedAt: number): string {
  const kind = profileKind(profile, '');
  const sample = profile.sampleTypes[options.sampleIndex]?.type ?? '';
  const bytes = gzipSync(encodePprof(compactProfile(profile)), COMPRESSION);
  const saved: SavedProfile = {
    title: [options.title, kind].filter((word) => word !== '').join(' '),
    name: `${kind}.pb.gz`,
    savedAt,
    view: new URLSearchParams({ sample }).toString(),
    profile: bytes.toString('base64'),
  };
  try {
    return withSavedProfile(template(), saved);
  } catch (error) {
    if (error instanceof UserError) throw new PprofError(`${error.message}; ${error.next}`);
    throw error;
  }
}

function template(): string {
  const path = join(PACKAGE_ROOT, 'dist', 'web', 'assets', 'saved.html');
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new PprofError(`${path} is not there: build it with npm run setup`);
  }
}
