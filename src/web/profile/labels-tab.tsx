/**
 * Labels as a dimension: the values of one label as a table on the left, and a flame graph for each
 * of them on the right, all at one scale. A click on a value narrows the whole panel to it.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { labelFrameName } from '../../report/reading/grouped.ts';
import type { Bucket, LabelKey, LabelTable } from '../../report/reading/labeltable.ts';
import { isTimeKey } from '../../report/reading/moments.ts';
import { lastOf } from '../app/loaded.ts';
import { formatValue } from '../service/figures.ts';
import { changeClassName } from './figurelist.tsx';
import './labels.css';
import './table.css';
import { Multiples } from './multiples.tsx';
import { deltaText, percentText, ratioText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';

const FIRST_VALUES = 200;

export function LabelsTab({ state }: { readonly state: PanelState }): JSX.Element {
  const answer = state.beyond.labelTable.answer.value;
  const table = lastOf(answer);
  const chosen = useSignal('');
  if (answer.state === 'failed') return <p class="empty">{answer.error.message}</p>;
  if (table === undefined) return <p class="empty dim">Loading …</p>;
  // When a sample was taken is a matter of the time view.
  const keys = table.keys.filter(({ key }) => !isTimeKey(key));
  const wanted = chosen.value || state.group.value;
  const current = keys.find(({ key }) => key === wanted) ?? keys[0];
  if (current === undefined) return <NoLabels state={state} />;
  return (
    <div class="labels-tab">
      <div class="labels-tab__bar">
        <div role="tablist" aria-label="Label keys" class="labels-tab__keys">
          {keys.map(({ key, distinct }) => (
            <button
              key={key}
              type="button"
              role="tab"
              aria-selected={key === current.key}
              onClick={() => {
                chosen.value = key;
              }}
            >
              {key} <span class="num dim">{distinct}</span>
            </button>
          ))}
        </div>
        <span class="spread" />
        <button
          type="button"
          aria-pressed={state.group.value === current.key}
          title="Puts its values at the root of the flame graph and the table, as pprof’s -tagroot"
          onClick={() =>
            state.group.value === current.key
              ? state.groupBy('')
              : state.groupBy(current.key, { view: 'flame' })
          }
        >
          Stack the flame graph under {current.key}
        </button>
      </div>
      <div class="labels-tab__body">
        <Values state={state} table={table} current={current} />
        <Groups state={state} current={current} />
      </div>
    </div>
  );
}

function NoLabels({ state }: { readonly state: PanelState }): JSX.Element {
  const type = state.type.value?.type ?? '';
  return (
    <div class="empty">
      <p>The samples carry no labels.</p>
      <p class="dim">
        {['cpu', 'goroutine', 'goroutineleak'].includes(type) ? (
          <>
            <code>pprof.Do(ctx, pprof.Labels("endpoint", …), …)</code> sets them; goroutines that
            are started in it have them too.
          </>
        ) : (
          <>
            Go gives labels of <code>pprof.Do</code> to CPU and goroutine profiles only; heap
            profiles have the size of the objects, block and mutex profiles nothing.
          </>
        )}
      </p>
    </div>
  );
}

interface ValuesProps {
  readonly state: PanelState;
  readonly table: LabelTable;
  readonly current: LabelKey;
}

function Values({ state, table, current }: ValuesProps): JSX.Element {
  const base = lastOf(state.beyond.baseLabelTable.answer.value);
  const compared = state.loaded.value?.base !== undefined ? base : undefined;
  const before = compared?.keys.find(({ key }) => key === current.key)?.values;
  const most = Math.max(...current.values.map(({ total }) => Math.abs(total)), 0);
  const all = useSignal(false);
  const pattern = state.searchPattern.value;
  const matching = current.values.filter(
    ({ value }) => pattern.kind !== 'pattern' || pattern.test(value ?? ''),
  );
  const values = all.value ? matching : matching.slice(0, FIRST_VALUES);
  // A store counts values, not samples.
  const hasSamples = values.some(({ samples }) => samples > 0);
  const narrow = (value: string) =>
    state.change({ labels: { ...state.view.peek().labels, [current.key]: value } }, 'push');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="labels-tab__values" aria-label={`Values of ${current.key}`} tabIndex={0}>
      {current.distribution.length > 1 && (
        <Distribution buckets={current.distribution} unit={current.unit} of={table.unit} />
      )}
      <table class="functions">
        <thead>
          <tr>
            <th scope="col">{current.key}</th>
            <th scope="col" class="num" colSpan={2}>
              {state.loaded.value?.sampleType}
            </th>
            {before !== undefined && (
              <th scope="col" class="num" colSpan={2}>
                change
              </th>
            )}
            {hasSamples && (
              <th scope="col" class="num" title="Rows of the profile with this value">
                samples
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {values.map(({ value, total, samples }) => {
            const was =
              (before?.find((other) => other.value === value)?.total ?? 0) * state.baseScale.value;
            const name = labelFrameName(value, current.kind, current.unit);
            return (
              <tr key={name}>
                <td class="code functions__name" title={name}>
                  {value === undefined ? (
                    <span class="dim">{name}</span>
                  ) : (
                    <button
                      type="button"
                      class="labels-tab__value"
                      title={`Narrow everything to ${current.key} ${name}`}
                      onClick={() => narrow(value)}
                    >
                      {name}
                    </button>
                  )}
                </td>
                <td class="num amount">
                  <i
                    class="bar"
                    style={{ width: `${most > 0 ? (Math.abs(total) / most) * 100 : 0}%` }}
                  />
                  {valueText(total, table.unit)}
                </td>
                <td class="num dim">{percentText(total, table.total)}</td>
                {before !== undefined && (
                  <>
                    <td class={`num ${changeClassName(Math.sign(total - was))}`}>
                      {deltaText(total - was, table.unit)}
                    </td>
                    <td class={`num ${changeClassName(Math.sign(total - was))}`}>
                      {ratioText(total, was)}
                    </td>
                  </>
                )}
                {hasSamples && <td class="num dim">{samples.toLocaleString('en')}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
      {values.length < matching.length && (
        <button
          type="button"
          onClick={() => {
            all.value = true;
          }}
        >
          {matching.length - values.length} more values
        </button>
      )}
    </section>
  );
}

/** How the numbers of a label are distributed: bars by powers of two, each with its words. */
function Distribution(props: {
  readonly buckets: readonly Bucket[];
  readonly unit: string;
  readonly of: string;
}): JSX.Element {
  const { buckets, unit, of } = props;
  const most = Math.max(...buckets.map(({ total }) => Math.abs(total)), 0);
  const number = (value: number) => formatValue(value, unit === '' ? 'count' : unit);
  const first = buckets[0];
  const last = buckets.at(-1);
  return (
    <figure class="distribution">
      <ol>
        {buckets.map(({ from, to, total, samples }) => (
          <li
            key={from}
            title={`${number(from)} – ${number(to)}: ${valueText(total, of)}, ${samples} samples`}
          >
            <i style={{ height: `${most > 0 ? (Math.abs(total) / most) * 100 : 0}%` }} />
            <span class="unseen">{`${number(from)} to ${number(to)}: ${valueText(total, of)}`}</span>
          </li>
        ))}
      </ol>
      <figcaption class="num dim">
        <span>{number(first?.from ?? 0)}</span>
        <span>each bar doubles</span>
        <span>{number(last?.to ?? 0)}</span>
      </figcaption>
    </figure>
  );
}

function Groups({ state, current }: Omit<ValuesProps, 'table'>): JSX.Element {
  const { groups } = state.beyond;
  const query = state.plainQuery.value;
  const { base } = state.scope.value;
  useEffect(() => {
    state.beyond.askGroups(current.key);
    return () => groups.stop();
  }, [state, current.key, query, base]);
  const answer = groups.answer.value;
  const tree = lastOf(answer);
  if (answer.state === 'failed') return <p class="empty">{answer.error.message}</p>;
  if (tree === undefined) return <p class="empty dim">Loading …</p>;
  return <Multiples state={state} grouped={tree} current={current} />;
}
