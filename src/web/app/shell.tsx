/**
 * The shell: which view the URL names, the bar above it, the palette, the key sheet, the drop target,
 * and the one key handler of the page.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { closeInnermost } from '../service/commands.ts';
import { ServiceModel } from '../service/model.ts';
import { ServiceView } from '../service/service.tsx';
import { ServicesView } from '../service/services.tsx';
import { TargetsView } from '../service/targets.tsx';
import { TimeMenus } from '../service/timemenus.tsx';
import { Bar } from './bar.tsx';
import { chooseFiles, type DropActions, DropTarget } from './drop.tsx';
import { NoServer, Notice } from './failure.tsx';
import { FileView } from './fileview.tsx';
import { Help } from './help.tsx';
import { listenToKeys } from './keyhandler.ts';
import { lastOf } from './loaded.ts';
import { type Page, usePage } from './page.ts';
import { pageCommands } from './pagecommands.ts';
import { Palette } from './palette.tsx';
import { pprofCommands } from './pprofcommands.ts';
import { PprofMenus } from './pprofmenus.tsx';
import { PprofView } from './pprofview.tsx';
import { EMPTY_VIEW } from './url.ts';

interface ShellProps {
  readonly openFiles: (files: readonly File[]) => void;
  /** Compares the files that are open with others. */
  readonly compareFiles: (files: readonly File[]) => void;
}

export function Shell({ openFiles, compareFiles }: ShellProps): JSX.Element {
  const page = usePage();
  const palette = useSignal(false);
  const help = useSignal(false);
  const model = useMemo(() => new ServiceModel(page), [page]);
  const services = lastOf(page.services.answer.value)?.services ?? [];
  useEffect(() => {
    const choose = (): void => chooseFiles(openFiles);
    return page.commands.provide(() => [
      ...pageCommands(page, { palette, help, choose, close: () => closeInnermost(model) }),
      ...(page.pprof === undefined ? [] : pprofCommands(page.pprof)),
    ]);
  }, [page, palette, help, model, openFiles]);
  useEffect(() => listenToKeys(page), [page]);
  useEffect(() => openTheOnlyService(page));
  const { page: name } = page.history.view.value;
  return (
    <>
      <Bar services={services} palette={palette} help={help}>
        {name === 'service' && <TimeMenus model={model} />}
        {name !== 'file' && page.pprof !== undefined && <PprofMenus pprof={page.pprof} />}
      </Bar>
      <View model={model} />
      <Palette open={palette} />
      <Help open={help} />
      <DropTarget open={openFiles} comparison={comparisonOf(page, compareFiles)} />
    </>
  );
}

function View({ model }: { readonly model: ServiceModel }): JSX.Element {
  const page = usePage();
  const { page: name, service } = page.history.view.value;
  if (name === 'file') return <FileView />;
  if (page.pprof !== undefined) return <PprofView pprof={page.pprof} />;
  if (name === 'targets') {
    return (
      <main class="page-scroll">
        <TargetsView />
      </main>
    );
  }
  const answer = page.services.answer.value;
  const known = lastOf(answer);
  if (known === undefined) {
    if (answer.state === 'failed') return <NoServer error={answer.error} />;
    return <main aria-busy="true" />;
  }
  if (known.services.length === 0) return <NoServices />;
  if (name === 'services') return <ServicesView services={known.services} />;
  if (!known.services.some((entry) => entry.service === service)) {
    return (
      <Notice title={`No service is called ${service}`}>
        <p>There is: {known.services.map((entry) => entry.service).join(', ')}.</p>
      </Notice>
    );
  }
  return <ServiceView model={model} />;
}

/** What a dropped file may be compared with. */
function comparisonOf(
  { history, file, pprof }: Page,
  compareFiles: ShellProps['compareFiles'],
): DropActions['comparison'] {
  if (history.view.value.page === 'file') {
    const title = file.value?.title;
    return title === undefined ? undefined : { title, compare: compareFiles };
  }
  const title = pprof?.head.value?.title;
  if (pprof === undefined || title === undefined) return undefined;
  const compare = ([first]: readonly File[]): void => {
    if (first !== undefined) pprof.compare(first);
  };
  return { title, compare };
}

function NoServices(): JSX.Element {
  return (
    <main class="page-scroll">
      <header>
        <h1>Nothing was collected yet</h1>
        <p>
          The first profiles arrive some seconds after a target answers. A file can be opened
          meanwhile: drop it anywhere on this page; nothing leaves the machine.
        </p>
      </header>
      <TargetsView />
    </main>
  );
}

/** One service needs no list. */
function openTheOnlyService({ history, services }: Page): void {
  const known = lastOf(services.answer.value);
  const [only, ...others] = known?.services ?? [];
  if (only === undefined || others.length > 0) return;
  if (history.view.peek().page !== 'services') return;
  history.go({ ...EMPTY_VIEW, page: 'service', service: only.service }, 'replace');
}
