/**
 * The bar of the page on one profile: what it is and what it is compared with, named configurations,
 * reading it again, and the way out as a file.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { SavedConfig } from '../../api/pprofpage.ts';
import { messageOf } from '../../base/errors.ts';
import type { PageOptions } from '../../report/pprof/pagesettings.ts';
import { DOWNLOAD_ADDRESS } from '../data/pprof.ts';
import { Dialog } from './dialog.tsx';
import { lastOf, Question } from './loaded.ts';
import { Menu, MenuItem } from './menu.tsx';
import { usePage } from './page.ts';
import { chooseBase } from './pprofcommands.ts';
import type { PprofPage } from './pprofpage.ts';
import { decodePprofView } from './pprofurl.ts';

interface PprofProps {
  readonly pprof: PprofPage;
}

/** The profile's name, with what pprof knows of it behind it; and what it is compared with. */
export function ProfileCrumb({ pprof }: PprofProps): JSX.Element | null {
  const head = pprof.head.value;
  if (head === undefined) return null;
  return (
    <>
      <li>
        <Menu label={<b class="code">{head.title}</b>} name={`Profile: ${head.title}`}>
          <dl class="profile-details">
            {head.details.map((line) => (
              <Detail key={line} line={line} />
            ))}
            {head.sources.map((source) => (
              <Detail key={source} line={`Source: ${source}`} />
            ))}
          </dl>
          {head.docUrl !== '' && (
            <a class="menu-link" href={head.docUrl} target="_blank" rel="noreferrer">
              About this kind of profile
            </a>
          )}
        </Menu>
      </li>
      {head.base !== '' && (
        <li class="crumb-base">
          against <b class="code">{head.base}</b>
          <button
            type="button"
            aria-label={`Stop comparing with ${head.base}`}
            title="End the comparison"
            onClick={() => pprof.compareNoMore()}
          >
            ✕
          </button>
        </li>
      )}
    </>
  );
}

/** `Time: …` as a term and its text. */
function Detail({ line }: { readonly line: string }): JSX.Element {
  const [term = '', ...rest] = line.split(': ');
  if (rest.length === 0) return <dd class="profile-details__whole">{line}</dd>;
  return (
    <>
      <dt class="dim">{term}</dt>
      <dd>{rest.join(': ')}</dd>
    </>
  );
}

export function PprofMenus({ pprof }: PprofProps): JSX.Element {
  const busy = pprof.busy.value;
  return (
    <>
      <ConfigMenu pprof={pprof} />
      <button
        type="button"
        disabled={busy}
        title="Drop a second profile on the page, or choose one: differences are shown everywhere"
        onClick={() => chooseBase(pprof)}
      >
        Compare …
      </button>
      <button
        type="button"
        disabled={busy}
        title="Read the files again, and ask URLs again (Shift+R)"
        onClick={() => pprof.reload()}
      >
        {busy ? 'Reading …' : 'Reload'}
      </button>
      <a class="bar-link" href={DOWNLOAD_ADDRESS} title="The profile as gzipped pprof">
        Download
      </a>
    </>
  );
}

/** Everything that narrows or changes the reports now, as pprof's parameters. */
function useOptions(): PageOptions {
  const { focus, ignore, hide, show, options } = usePage().history.view.value.profile;
  return { ...options, f: focus, i: ignore, h: hide, s: show };
}

function ConfigMenu({ pprof }: PprofProps): JSX.Element {
  const { history } = usePage();
  const options = useOptions();
  const question = useMemo(() => new Question<readonly SavedConfig[]>(), []);
  const saving = useSignal(false);
  const refresh = () => void question.ask((abort) => pprof.api.configs(options, abort));
  useEffect(refresh, [JSON.stringify(options)]);
  const configs = lastOf(question.answer.value) ?? [];
  const current = configs.find((config) => config.current);
  const apply = (config: SavedConfig) => {
    const {
      focus,
      ignore,
      hide,
      show,
      options: saved,
    } = decodePprofView(location.pathname, config.url).profile;
    const { profile } = history.view.peek();
    history.go({ profile: { ...profile, focus, ignore, hide, show, options: saved, zoom: [] } });
  };
  return (
    <>
      <Menu
        label={current?.userConfig === true ? current.name : 'Config'}
        name="Named configurations"
      >
        {configs.map((config) => (
          <span key={config.name} class="config-item">
            <MenuItem checked={config.current} run={() => apply(config)}>
              {config.name}
            </MenuItem>
            {config.userConfig && (
              <button
                type="button"
                class="config-item__delete"
                aria-label={`Delete the configuration ${config.name}`}
                title="Delete it"
                onClick={() => void pprof.api.deleteConfig(config.name).then(refresh)}
              >
                ✕
              </button>
            )}
          </span>
        ))}
        <hr />
        <MenuItem
          run={() => {
            saving.value = true;
          }}
        >
          Save these options …
        </MenuItem>
      </Menu>
      <Dialog open={saving} name="Save the options" className="save-config">
        <SaveForm
          save={async (name) => {
            await pprof.api.saveConfig(name, options);
            saving.value = false;
            refresh();
          }}
        />
      </Dialog>
    </>
  );
}

function SaveForm({ save }: { readonly save: (name: string) => Promise<void> }): JSX.Element {
  const name = useSignal('');
  const failure = useSignal('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(name.value.trim()).catch((error: unknown) => {
          failure.value = messageOf(error);
        });
      }}
    >
      <label>
        <span>Name of these options</span>
        <input
          autofocus
          type="text"
          spellcheck={false}
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
      </label>
      <p class="dim">pprof knows them by this name too: both keep them in one file.</p>
      {failure.value !== '' && <p role="alert">{failure.value}</p>}
      <button type="submit" disabled={name.value.trim() === ''}>
        Save
      </button>
    </form>
  );
}
