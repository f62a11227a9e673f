/** The page starts here: makes what all views share, polls the server, and mounts the shell. */
import { effect, signal } from '@preact/signals';
import { type JSX, render } from 'preact';
import type { Services } from '../../api/wire.ts';
import { serverApi } from '../data/server.ts';
import type { ProfileSource } from '../data/source.ts';
import '../theme/base.css';
import './app.css';
import '../metrics/metrics.css';
import '../service/axis/axis.css';
import '../service/service.css';
import { isGoroutines } from '../profile/state.ts';
import { CommandTable } from './commands.ts';
import { ViewHistory } from './history.ts';
import { every, lastOf, Question } from './loaded.ts';
import { type Page, PageContext } from './page.ts';
import { PprofPage } from './pprofpage.ts';
import { isPprofPath } from './pprofurl.ts';
import { Shell } from './shell.tsx';
import { restoreTheme } from './theme.ts';
import { EMPTY_VIEW } from './url.ts';

const POLL_MS = 5_000;
const ANNOUNCE_MS = 4_000;

const announcement = signal('');
const file = signal<ProfileSource | undefined>(undefined);
const beat = signal(0);
/** Server time minus this machine's, in milliseconds. */
let clockSkew = 0;

function announce(text: string): void {
  announcement.value = text;
  setTimeout(() => {
    if (announcement.peek() === text) announcement.value = '';
  }, ANNOUNCE_MS);
}

const page: Page = {
  history: new ViewHistory(),
  commands: new CommandTable(),
  api: serverApi(),
  services: new Question<Services>(),
  file,
  pprof: isPprofPath(location.pathname) ? new PprofPage(announce) : undefined,
  now: () => Date.now() + clockSkew,
  beat,
  mac: /Mac|iPhone|iPad/.test(navigator.userAgent),
  announce,
};

/** A recording does not change: it is asked for once. Without an answer, asking goes on. */
async function poll(): Promise<void> {
  if (page.services.busy || page.pprof !== undefined) return;
  if (lastOf(page.services.answer.peek())?.mode === 'recording') return;
  await page.services.ask((signal) => page.api.services(signal));
  const answer = page.services.answer.peek();
  if (answer.state !== 'ready') return;
  clockSkew = answer.value.now - Date.now();
  beat.value += 1;
}

/** The decoders are not needed for the first screen, but must be here when the network is not. */
const decoders = (): Promise<typeof import('../data/file.ts')> => import('../data/file.ts');
const DECODERS_AFTER_MS = 1_000;

/** What the file page shows, to compare it with what is dropped next. */
let shownFiles: readonly File[] = [];

function compareFiles(dropped: readonly File[]): void {
  void decoders().then(({ fileSource }) => {
    file.value = fileSource(shownFiles, dropped);
  });
}

function openFiles(dropped: readonly File[]): void {
  void decoders().then(({ fileSource }) => {
    shownFiles = dropped;
    file.value = fileSource(dropped);
    // A link to somebody's file brings its view along; it is applied to the file that is dropped.
    if (page.history.view.peek().page !== 'file') {
      page.history.go({ ...EMPTY_VIEW, page: 'file' });
      void showGoroutines(file.value);
    }
  });
}

/** Goroutines are read as a table first; whoever has chosen a view meanwhile keeps it. */
async function showGoroutines(source: ProfileSource): Promise<void> {
  // What cannot be opened is said by the view.
  const types = await source.types(new AbortController().signal).catch(() => []);
  const view = page.history.view.peek();
  const isFirst = file.peek() === source && view.page === 'file' && view.profile.type === '';
  if (!isFirst || view.profile.view !== 'flame' || !isGoroutines(types[0]?.type ?? '')) return;
  page.history.go({ ...view, profile: { ...view.profile, view: 'goroutines' } }, 'replace');
}

/** The tab's title says what the breadcrumb says. */
function titleOf(): string {
  const { page: name, service, profile } = page.history.view.value;
  if (name === 'file') return `${file.value?.title ?? 'file'} · whygo`;
  if (page.pprof !== undefined) return `${page.pprof.source.value?.title ?? ''} · whygo pprof`;
  if (name === 'targets') return 'targets · whygo';
  if (name === 'services') return 'whygo';
  return [profile.type, service, 'whygo'].filter((word) => word !== '').join(' · ');
}

function App(): JSX.Element {
  return (
    <PageContext.Provider value={page}>
      <Shell openFiles={openFiles} compareFiles={compareFiles} />
      <p class="announcement" role="status" hidden={announcement.value === ''}>
        {announcement.value}
      </p>
    </PageContext.Provider>
  );
}

restoreTheme();
effect(() => {
  document.title = titleOf();
});
every(POLL_MS, () => void poll());
setTimeout(() => void decoders(), DECODERS_AFTER_MS);
const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
root.replaceChildren();
render(<App />, root);
