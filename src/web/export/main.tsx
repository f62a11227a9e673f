/**
 * A saved page starts here: one profile, which lies in the page itself, and everything that the page
 * can tell of a dropped file. There is no server and no network.
 */
import { signal, useSignal } from '@preact/signals';
import { type JSX, render } from 'preact';
import { useEffect } from 'preact/hooks';
import { SAVED_PROFILE_ID, SavedProfile } from '../../api/savedpage.ts';
import type { Services } from '../../api/wire.ts';
import '../theme/base.css';
import '../app/app.css';
import '../service/service.css';
import { CommandTable } from '../app/commands.ts';
import { OpenProfile } from '../app/fileview.tsx';
import { Help } from '../app/help.tsx';
import { listenToKeys } from '../app/keyhandler.ts';
import { Question } from '../app/loaded.ts';
import { type Page, PageContext } from '../app/page.ts';
import { pageCommands } from '../app/pagecommands.ts';
import { Palette } from '../app/palette.tsx';
import { nextTheme, restoreTheme } from '../app/theme.ts';
import { fileSource } from '../data/file.ts';
import { serverApi } from '../data/server.ts';
import type { ProfileSource } from '../data/source.ts';
import { formatClock, formatDay } from '../service/figures.ts';
import { FragmentHistory } from './fragment.ts';
import './export.css';

function readSaved(): SavedProfile {
  const text = document.getElementById(SAVED_PROFILE_ID)?.textContent ?? '';
  return SavedProfile.parse(JSON.parse(text));
}

const ANNOUNCE_MS = 4_000;
const saved = readSaved();
const bytes = Uint8Array.from(atob(saved.profile), (char) => char.charCodeAt(0));
const opened = fileSource(new File([bytes], saved.name, { lastModified: saved.savedAt }));
const source: ProfileSource = {
  ...opened,
  // Graphviz would make the file more than twice as large.
  ...(opened.reports && { reports: { ...opened.reports, graph: undefined } }),
  title: saved.title,
  // What was saved is one profile, whatever was merged into it.
  single: true,
};
const announcement = signal('');
const page: Page = {
  history: new FragmentHistory(saved.view),
  commands: new CommandTable(),
  api: serverApi(),
  services: new Question<Services>(),
  file: signal(source),
  pprof: undefined,
  now: () => saved.savedAt,
  beat: signal(0),
  mac: /Mac|iPhone|iPad/.test(navigator.userAgent),
  announce(text) {
    announcement.value = text;
    setTimeout(() => {
      if (announcement.peek() === text) announcement.value = '';
    }, ANNOUNCE_MS);
  },
};

/** What asks a server, or opens other files, has no place here. */
const ELSEWHERE = ['go.services', 'go.targets', 'page.open'];

function SavedPage(): JSX.Element {
  const palette = useSignal(false);
  const help = useSignal(false);
  useEffect(
    () =>
      page.commands.provide(() =>
        pageCommands(page, { palette, help, choose: () => {}, close: () => false }).filter(
          ({ id }) => !ELSEWHERE.includes(id),
        ),
      ),
    [],
  );
  useEffect(() => listenToKeys(page), []);
  return (
    <>
      <header class="topbar">
        <nav aria-label="Where this is">
          <ol class="crumbs">
            <li>
              <b>whygo</b>
            </li>
            <li class="code">{saved.title}</li>
          </ol>
        </nav>
        <span class="saved-at dim">
          saved {formatDay(saved.savedAt)} {formatClock(saved.savedAt)}
        </span>
        <button
          type="button"
          title="Commands"
          onClick={() => {
            palette.value = true;
          }}
        >
          <kbd>{page.mac ? '⌘' : 'Ctrl'}</kbd> <kbd>K</kbd>
        </button>
        <button
          type="button"
          title="Keys (?)"
          aria-label="Keys"
          onClick={() => {
            help.value = true;
          }}
        >
          ?
        </button>
        <button type="button" aria-label="Change the theme" onClick={nextTheme}>
          ◐
        </button>
      </header>
      <OpenProfile source={source} />
      <Palette open={palette} />
      <Help open={help} />
      <p class="announcement" role="status" hidden={announcement.value === ''}>
        {announcement.value}
      </p>
    </>
  );
}

restoreTheme();
document.title = `${saved.title} · whygo`;
const root = document.getElementById('app');
if (root === null) throw new Error('the saved page has no #app');
root.replaceChildren();
render(
  <PageContext.Provider value={page}>
    <SavedPage />
  </PageContext.Provider>,
  root,
);
