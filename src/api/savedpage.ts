/**
 * One HTML file with a profile in it: the page that was built for it, and where the data goes.
 *
 * The built page (dist/web/assets/saved.html) has an empty element for the profile; putting one in is
 * replacing that element's text. Used by the page and by the command line alike.
 */
import { z } from 'zod';
import { UserError } from '../base/errors.ts';

export const SAVED_PROFILE_ID = 'whygo-profile';

/** What a saved page holds. */
export const SavedProfile = z.object({
  /** What a person calls it. */
  title: z.string(),
  /** A file's name: it tells block from mutex profiles. */
  name: z.string(),
  /** Unix milliseconds when it was saved. */
  savedAt: z.number(),
  /** The address's query when it was saved: which view it opens with; '' = the first. */
  view: z.string(),
  /** pprof proto, gzipped, in base64. */
  profile: z.string(),
});
export type SavedProfile = z.infer<typeof SavedProfile>;

const EMPTY = `<script type="application/json" id="${SAVED_PROFILE_ID}"></script>`;

/** Throws `UserError` when the text is not the built page. */
export function withSavedProfile(template: string, saved: SavedProfile): string {
  const at = template.indexOf(EMPTY);
  if (at < 0) {
    const next = 'build whygo again: npm run build';
    throw new UserError('page-not-built', 'The page to save the profile in is not there', next);
  }
  // No text may end the element early.
  const json = JSON.stringify(saved).replaceAll('<', '\\u003c');
  const filled = EMPTY.replace('></', () => `>${json}</`);
  return template.slice(0, at) + filled + template.slice(at + EMPTY.length);
}
