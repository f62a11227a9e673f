/**
 * The one thin bar: where this is (the breadcrumb says what the URL says), which time, and the way to
 * everything else. The service view puts its time menus into the middle.
 */
import type { Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { WireService } from '../../api/wire.ts';
import { sortTypes } from '../service/types.ts';
import { Menu, MenuItem } from './menu.tsx';
import { usePage } from './page.ts';
import { ProfileCrumb } from './pprofmenus.tsx';
import { nextTheme, theme } from './theme.ts';
import { EMPTY_VIEW, type ViewState } from './url.ts';

interface BarProps {
  readonly services: readonly WireService[];
  readonly palette: Signal<boolean>;
  readonly help: Signal<boolean>;
  /** What the view adds between the breadcrumb and the buttons. */
  readonly children?: ComponentChildren;
}

export function Bar({ services, palette, help, children }: BarProps): JSX.Element {
  const { mac, pprof } = usePage();
  const words = { system: 'as the system', light: 'light', dark: 'dark' }[theme.value];
  return (
    <header class="topbar">
      <nav aria-label="Where this is">
        <Crumbs services={services} />
      </nav>
      <Lost />
      <div class="bar-view">{children}</div>
      {pprof === undefined && (
        <PageLink change={{ ...EMPTY_VIEW, page: 'targets' }} name="targets" />
      )}
      <button
        type="button"
        title="Commands"
        onClick={() => {
          palette.value = true;
        }}
      >
        <kbd>{mac ? '⌘' : 'Ctrl'}</kbd> <kbd>K</kbd>
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
      <button
        type="button"
        class="bar-theme"
        title={`Theme: ${words}`}
        aria-label={`Theme: ${words}. Change it`}
        onClick={nextTheme}
      >
        {{ system: '◐', light: '○', dark: '●' }[theme.value]}
      </button>
    </header>
  );
}

/** Said while the page shows what a server answered that does not answer any more. */
function Lost(): JSX.Element | null {
  const answer = usePage().services.answer.value;
  if (answer.state !== 'failed' || answer.last === undefined) return null;
  return (
    <span class="bar-lost" role="status" title={answer.error.next}>
      {answer.error.message}
    </span>
  );
}

function Crumbs({ services }: { readonly services: readonly WireService[] }): JSX.Element {
  const page = usePage();
  const { page: name, service, profile } = page.history.view.value;
  const first = sortTypes(services.find((entry) => entry.service === service)?.types ?? [])[0];
  const type = profile.type === '' ? (first?.type ?? '') : profile.type;
  const file = page.file.value;
  return (
    <ol class="crumbs">
      <li>
        <PageLink change={EMPTY_VIEW} name="whygo" />
      </li>
      {name === 'service' && (
        <li>
          {services.length > 1 ? (
            <Menu label={<b>{service}</b>} name={`Service: ${service}`}>
              {services.map((entry) => (
                <MenuItem
                  key={entry.service}
                  checked={entry.service === service}
                  run={() => page.history.go(serviceView(page.history.view.value, entry.service))}
                >
                  {entry.service}
                </MenuItem>
              ))}
            </Menu>
          ) : (
            <b>{service}</b>
          )}
        </li>
      )}
      {name === 'service' && type !== '' && <li>{type}</li>}
      {name === 'targets' && <li>targets</li>}
      {name === 'file' && <li class="code">{file?.title ?? 'no file'}</li>}
      {name !== 'file' && page.pprof !== undefined && <ProfileCrumb pprof={page.pprof} />}
    </ol>
  );
}

/** The same window and profile type of another service; what belonged to the old one is dropped. */
function serviceView(current: ViewState, service: string): Partial<ViewState> {
  const { type, sample } = current.profile;
  return {
    ...EMPTY_VIEW,
    page: 'service',
    service,
    window: current.window,
    profile: { ...EMPTY_VIEW.profile, type, sample },
  };
}

interface PageLinkProps {
  readonly change: Partial<ViewState>;
  readonly name: string;
}

/** A link that can be opened in a new tab like any other. */
export function PageLink({ change, name }: PageLinkProps): JSX.Element {
  const { history } = usePage();
  return (
    <a
      class="bar-link"
      href={history.href(change)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        history.go(change);
      }}
    >
      {name}
    </a>
  );
}
