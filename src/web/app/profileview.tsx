/** The profile panel, tied to the page: its view lives in the URL, its commands in the table. */
import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { ProfileSource } from '../data/source.ts';
import { ProfilePanel } from '../profile/panel.tsx';
import type { ShowRange } from '../profile/state.ts';
import type { ChangeView } from '../profile/view.ts';
import type { Command } from './commands.ts';
import { usePage } from './page.ts';
import type { Range } from './url.ts';

interface ProfileViewProps {
  readonly source: ProfileSource;
  /** undefined = all there is. */
  readonly range: Range | undefined;
  readonly base: Range | undefined;
  readonly baseLabels: Readonly<Record<string, string>>;
  /** True when the profile has the page to itself, so that its keys need no focus. */
  readonly alone?: boolean;
}

export function ProfileView(props: ProfileViewProps): JSX.Element {
  const { source, range, base, baseLabels, alone = false } = props;
  const { history, commands } = usePage();
  const view = useComputed(() => history.view.value.profile);
  const change = useCallback<ChangeView>(
    (part, step) => history.go({ profile: { ...history.view.peek().profile, ...part } }, step),
    [history],
  );
  const showRange = useCallback<ShowRange>(
    (selection, other = 'as-it-is') =>
      history.go(other === 'as-it-is' ? { selection } : { selection, base: other }),
    [history],
  );
  const provide = useCallback(
    (provider: () => readonly Command[]) => commands.provide(provider),
    [commands],
  );
  return (
    <ProfilePanel
      source={source}
      view={view}
      change={change}
      range={range}
      base={base}
      baseLabels={baseLabels}
      showRange={showRange}
      provide={provide}
      alone={alone}
    />
  );
}
