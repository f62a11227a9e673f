/**
 * The service view: findings, time axis, and the profile of the selected range. It puts together; the
 * state is in model.ts.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { WireFinding } from '../../api/wire.ts';
import { Failure } from '../app/failure.tsx';
import { lastOf } from '../app/loaded.ts';
import { usePage } from '../app/page.ts';
import { ProfileView } from '../app/profileview.tsx';
import { serverSource } from '../data/server.ts';
import { MetricsView } from '../metrics/metrics.tsx';
import { TimeAxis } from './axis/timeaxis.tsx';
import { axisCommands, serviceCommands } from './commands.ts';
import { FindingList } from './findinglist.tsx';
import { FindingStrip } from './findingstrip.tsx';
import type { ServiceModel } from './model.ts';
import { RangeLine } from './rangeline.tsx';
import { sortTypes } from './types.ts';

export function ServiceView({ model }: { readonly model: ServiceModel }): JSX.Element {
  const page = usePage();
  const axis = useRef<HTMLElement>(null);
  const hovered = useSignal<WireFinding | undefined>(undefined);
  useEffect(() => model.start(), [model]);
  // In this order: what works everywhere, then (in its own effect) the profile panel, then the axis,
  // so that each wins its keys where it is the inner one.
  useLayoutEffect(
    () => page.commands.provide(() => serviceCommands(model, () => axis.current)),
    [page, model],
  );
  useEffect(
    () => page.commands.provide(() => axisCommands(model, () => axis.current)),
    [page, model],
  );
  const { service, target, base, baseLabels } = model.view.value;
  const targetKey = JSON.stringify(target);
  const source = useMemo(() => {
    const plain = serverSource(page.api, service, JSON.parse(targetKey));
    return { ...plain, types: async (signal: AbortSignal) => sortTypes(await plain.types(signal)) };
  }, [page, service, targetKey]);
  const answer = model.overview.answer.value;
  if (answer.state === 'failed' && lastOf(answer) === undefined) {
    return <Failure error={answer.error} />;
  }
  const opened = model.opened.value;
  return (
    <main class="service" aria-busy={answer.state === 'loading'}>
      <FindingList model={model} hovered={hovered} />
      {model.view.value.metrics ? (
        <MetricsView model={model} axisRef={axis} />
      ) : (
        <TimeAxis model={model} axisRef={axis} hovered={hovered.value} />
      )}
      <RangeLine model={model} />
      <div class="service-below">
        <ProfileView
          source={source}
          range={model.profileRange.value}
          base={base}
          baseLabels={baseLabels}
        />
        {opened !== undefined && <FindingStrip model={model} finding={opened} />}
      </div>
    </main>
  );
}
