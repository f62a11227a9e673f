/** Dropped files in the whole window. A file cannot be in a link: without one, this says so. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { WireFinding } from '../../api/wire.ts';
import type { ProfileSource } from '../data/source.ts';
import { FileFindings } from '../service/filefindings.ts';
import { FindingList } from '../service/findinglist.tsx';
import { FindingStrip } from '../service/findingstrip.tsx';
import { Notice } from './failure.tsx';
import { usePage } from './page.ts';
import { ProfileView } from './profileview.tsx';

export function FileView(): JSX.Element {
  const source = usePage().file.value;
  if (source !== undefined) return <OpenProfile source={source} />;
  return (
    <Notice title="Drop the file again">
      <p>
        This address shows a file from somebody’s machine. Files never leave it, so the link cannot
        bring it back; drop it here, and the view of the link is applied to it.
      </p>
    </Notice>
  );
}

/** One profile with its findings, in the whole window. */
export function OpenProfile({ source }: { readonly source: ProfileSource }): JSX.Element {
  const page = usePage();
  const model = useMemo(() => new FileFindings(page), [page]);
  const hovered = useSignal<WireFinding | undefined>(undefined);
  useEffect(() => model.start(source), [model, source]);
  const opened = model.opened.value;
  // Several files of one type are captures over time; one profile has nothing to choose from.
  const { selection, base: compared } = page.history.view.value;
  const several = source.kind === 'file';
  const range = several ? selection : undefined;
  const base = several ? compared : undefined;
  return (
    <main class="service">
      <FindingList model={model} hovered={hovered} />
      <div class="service-below">
        <ProfileView source={source} range={range} base={base} baseLabels={{}} alone />
        {opened !== undefined && <FindingStrip model={model} finding={opened} />}
      </div>
    </main>
  );
}
