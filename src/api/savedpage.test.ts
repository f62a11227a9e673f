import { expect, test } from 'vitest';
import { SAVED_PROFILE_ID, SavedProfile, withSavedProfile } from './savedpage.ts';

const saved: SavedProfile = {
  title: '</script><b>$& cpu',
  name: 'cpu.pb.gz',
  savedAt: 1_700_000_000_000,
  view: 'view=table',
  profile: 'H4sI',
};
const element = `<script type="application/json" id="${SAVED_PROFILE_ID}">`;

test('the profile goes where the page waits for it, and comes back whole', () => {
  const page = withSavedProfile(`<p>before</p>${element}</script><p>after</p>`, saved);
  const json = page.slice(page.indexOf(element) + element.length, page.indexOf('</script>'));
  expect(SavedProfile.parse(JSON.parse(json))).toEqual(saved);
  expect(page).toMatch(/^<p>before<\/p>.*<p>after<\/p>$/);
});

test('a page that is not the built one is refused', () => {
  expect(() => withSavedProfile('<p>hello</p>', saved)).toThrow(/is not there/);
});
