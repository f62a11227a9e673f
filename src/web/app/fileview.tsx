/** A dropped file in the whole window. A file cannot be in a link: without one, this says so. */
import type { JSX } from 'preact';
import { Notice } from './failure.tsx';
import { usePage } from './page.ts';
import { ProfileView } from './profileview.tsx';

export function FileView(): JSX.Element {
  const source = usePage().file.value;
  if (source === undefined) {
    return (
      <Notice title="Drop the file again">
        <p>
          This address shows a file from somebody’s machine. Files never leave it, so the link
          cannot bring it back; drop it here, and the view of the link is applied to it.
        </p>
      </Notice>
    );
  }
  return (
    <main class="file">
      <ProfileView source={source} range={undefined} base={undefined} baseLabels={{}} alone />
    </main>
  );
}
