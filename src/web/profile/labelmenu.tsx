/**
 * pprof labels: pick a key, see its values with their share, narrow the profile to one.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId, useMemo, useRef } from 'preact/hooks';
import type { Labels } from '../../api/wire.ts';
import { lastOf, Question } from '../app/loaded.ts';
import { placeUnder } from './filters.tsx';
import { percentText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';
import './labelmenu.css';

export function LabelMenu({ state }: { readonly state: PanelState }): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const question = useMemo(() => new Question<Labels>(), []);
  const key = useSignal('');
  const ask = (next: string): void => {
    key.value = next;
    const query = state.query.peek();
    if (query === undefined) return;
    const { source } = state.scope.peek();
    void question.ask((signal) => source.labels(query, next, signal));
  };
  const answer = question.answer.value;
  const labels = lastOf(answer);
  return (
    <>
      <button ref={button} type="button" popovertarget={id} title="Narrow by pprof labels">
        Labels <span class="dim">▾</span>
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        class="popup labels"
        onToggle={(event) => {
          placeUnder(button.current, popover.current);
          if (event.newState === 'open') ask(key.peek());
        }}
      >
        {answer.state === 'failed' && <p role="alert">{answer.error.message}</p>}
        {labels === undefined && answer.state === 'loading' && <p class="dim">Loading …</p>}
        {labels?.keys.length === 0 && (
          <p class="dim">
            The samples carry no labels. <code>pprof.Do(ctx, pprof.Labels("endpoint", …), …)</code>{' '}
            sets them; CPU and goroutine profiles have them.
          </p>
        )}
        {labels !== undefined && labels.keys.length > 0 && (
          <>
            <div class="labels__keys" role="tablist" aria-label="Label keys">
              {labels.keys.map((name) => (
                <button
                  key={name}
                  type="button"
                  role="tab"
                  aria-selected={name === key.value}
                  onClick={() => ask(name)}
                >
                  {name}
                </button>
              ))}
            </div>
            <LabelValues
              state={state}
              labels={labels}
              name={key.value}
              chosen={() => popover.current?.hidePopover()}
            />
          </>
        )}
      </div>
    </>
  );
}

interface LabelValuesProps {
  readonly state: PanelState;
  readonly labels: Labels;
  readonly name: string;
  readonly chosen: () => void;
}

function LabelValues({ state, labels, name, chosen }: LabelValuesProps): JSX.Element | null {
  if (name === '') return null;
  const sum = labels.values.reduce((total, { total: value }) => total + value, 0);
  const most = labels.values.reduce((top, { total: value }) => Math.max(top, value), 0);
  const unit = state.loaded.value?.tree.unit ?? '';
  return (
    <ul class="labels__values">
      {labels.values.map(({ value, total }) => (
        <li key={value}>
          <button
            type="button"
            class="labels__value"
            disabled={value === ''}
            onClick={() => {
              state.change({ labels: { ...state.view.peek().labels, [name]: value } }, 'push');
              chosen();
            }}
          >
            <i class="bar" style={{ width: `${most > 0 ? (total / most) * 100 : 0}%` }} />
            <span class="code">{value === '' ? '(without)' : value}</span>
            <span class="num">{valueText(total, unit)}</span>
            <span class="num dim">{percentText(total, sum)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
