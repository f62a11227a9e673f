/**
 * The bar's part of the service view: which targets, how much time the axis shows, following it, and
 * comparing.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Menu, MenuItem } from '../app/menu.tsx';
import { formatSpan, parseTime } from '../app/url.ts';
import { toggleFollow, WINDOWS } from './commands.ts';
import { formatDuration } from './figures.ts';
import type { ServiceModel } from './model.ts';

export function TimeMenus({ model }: { readonly model: ServiceModel }): JSX.Element {
  return (
    <>
      <TargetMenu model={model} />
      {model.live.value && <Follow model={model} />}
      <WindowMenu model={model} />
      <CompareMenu model={model} />
    </>
  );
}

/** Narrows tracks and profiles to the targets with one label's value; not there for one target. */
function TargetMenu({ model }: { readonly model: ServiceModel }): JSX.Element | null {
  const labels = Object.entries(model.info.value?.targetLabels ?? {});
  const choices = labels.filter(([, values]) => values.length > 1);
  const { target } = model.view.value;
  const chosen = Object.entries(target);
  if (choices.length === 0 && chosen.length === 0) return null;
  const title = chosen.map(([key, value]) => `${key}=${value}`).join(' ');
  return (
    <Menu label={title === '' ? 'all targets' : title} name="Targets" align="right">
      <MenuItem checked={chosen.length === 0} run={() => model.go({ target: {} })}>
        all targets
      </MenuItem>
      {choices.flatMap(([key, values]) =>
        values.map((value) => (
          <MenuItem
            key={`${key}=${value}`}
            checked={target[key] === value}
            run={() => model.go({ target: { [key]: value } })}
            aside={key}
          >
            {value}
          </MenuItem>
        )),
      )}
    </Menu>
  );
}

function Follow({ model }: { readonly model: ServiceModel }): JSX.Element {
  const following = model.following.value;
  return (
    <button
      type="button"
      class="follow"
      aria-pressed={following}
      title={following ? 'Hold this window (l)' : 'Follow live time (l)'}
      onClick={() => toggleFollow(model)}
    >
      <span class="follow-dot" aria-hidden="true">
        {following ? '●' : '❚❚'}
      </span>{' '}
      {following ? 'live' : 'held'}
    </button>
  );
}

/** The words of the window: `last hour`, `all, 12 min`, `custom, 4 min`. */
function windowTitle(model: ServiceModel): string {
  const { window } = model.view.value;
  const { from, to } = model.window.value;
  const length = formatDuration(to - from);
  switch (window.kind) {
    case 'last':
      return WINDOWS.find(({ ms }) => ms === window.ms)?.title ?? `last ${formatSpan(window.ms)}`;
    case 'range':
      return `${length} window`;
    case 'all':
      return `all, ${length}`;
    case 'default':
      return model.live.value ? `last ${length}` : `all, ${length}`;
  }
}

function WindowMenu({ model }: { readonly model: ServiceModel }): JSX.Element {
  const { window } = model.view.value;
  return (
    <Menu label={windowTitle(model)} name="Time window" align="right">
      {WINDOWS.map(({ ms, title }) => (
        <MenuItem
          key={ms}
          checked={window.kind === 'last' && window.ms === ms}
          run={() => model.go({ window: { kind: 'last', ms } })}
        >
          {title}
        </MenuItem>
      ))}
      <MenuItem checked={window.kind === 'all'} run={() => model.go({ window: { kind: 'all' } })}>
        everything
      </MenuItem>
      <CustomWindow model={model} />
    </Menu>
  );
}

/** Two fields for an exact window, in local time. */
function CustomWindow({ model }: { readonly model: ServiceModel }): JSX.Element {
  const { from, to } = model.window.value;
  const texts = useSignal<{ from?: string; to?: string }>({});
  const invalid = useSignal(false);
  const apply = (event: Event): void => {
    event.preventDefault();
    const start = parseTime(toIso(texts.value.from ?? localText(from)));
    const end = parseTime(toIso(texts.value.to ?? localText(to)));
    invalid.value = start === undefined || end === undefined || end <= start;
    if (start !== undefined && end !== undefined && end > start) {
      texts.value = {};
      model.setWindow({ from: start, to: end });
    }
  };
  const field = (edge: 'from' | 'to', value: number): JSX.Element => (
    <label>
      <span class="dim">{edge}</span>
      <input
        type="datetime-local"
        step="1"
        value={texts.value[edge] ?? localText(value)}
        aria-invalid={invalid.value}
        onInput={(event) => {
          texts.value = { ...texts.value, [edge]: event.currentTarget.value };
        }}
      />
    </label>
  );
  return (
    <form class="menu-form" onSubmit={apply}>
      {field('from', from)}
      {field('to', to)}
      <button type="submit">Show this window</button>
    </form>
  );
}

/** Local time as a datetime-local field wants it: `2026-03-09T14:02:31`. */
function localText(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 19);
}

function toIso(local: string): string | null {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function CompareMenu({ model }: { readonly model: ServiceModel }): JSX.Element {
  const { selection, base } = model.view.value;
  const pair = base !== undefined;
  return (
    <Menu label={pair ? 'comparing A with B' : 'compare'} name="Compare" align="right">
      <MenuItem run={() => model.compareWithBefore()} aside={<kbd>B</kbd>}>
        with the time before
      </MenuItem>
      <MenuItem
        disabled={selection === undefined}
        run={() => {
          model.comparing.value = true;
        }}
        aside={<kbd>C</kbd>}
      >
        with a range I draw
      </MenuItem>
      <MenuItem disabled={!pair} run={() => model.swap()} aside={<kbd>Shift X</kbd>}>
        swap A and B
      </MenuItem>
      <MenuItem disabled={!pair} run={() => model.go({ base: undefined })} aside={<kbd>Esc</kbd>}>
        end the comparison
      </MenuItem>
    </Menu>
  );
}
