/**
 * Who allocates, who is blocked, who makes others wait: the profile by the user's own functions, with
 * the line and by way of what. Rows add up to the total; what has no own code stands below them.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { WhoRow, WhoTable } from '../../report/reading/who.ts';
import { lastOf } from '../app/loaded.ts';
import { shortName } from '../flame/label.ts';
import { percentText, placeText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';
import './table.css';
import './who.css';

/** Rows that are shown at once; the rest on demand. */
const FIRST_ROWS = 100;

export function WhoTab({ state }: { readonly state: PanelState }): JSX.Element {
  const answer = state.beyond.who.answer.value;
  const table = lastOf(answer);
  if (answer.state === 'failed') {
    return (
      <div class="empty" role="alert">
        <p>{answer.error.message}</p>
        <p class="dim">{answer.error.next}</p>
      </div>
    );
  }
  if (table === undefined) return <p class="empty dim">Loading …</p>;
  return <Who state={state} table={table} />;
}

function Who(props: { readonly state: PanelState; readonly table: WhoTable }): JSX.Element {
  const { state, table } = props;
  const all = useSignal(false);
  const pattern = state.searchPattern.value;
  const matching =
    pattern.kind === 'pattern'
      ? table.rows.filter(({ name, file }) => pattern.test(name) || pattern.test(file))
      : table.rows;
  const rows = all.value ? matching : matching.slice(0, FIRST_ROWS);
  const most = Math.max(...[...table.rows, ...table.rest].map(({ value }) => Math.abs(value)), 0);
  const amount = (value: number) => (
    <>
      <td class="num amount">
        <i class="bar" style={{ width: `${most > 0 ? (Math.abs(value) / most) * 100 : 0}%` }} />
        {valueText(value, table.unit)}
      </td>
      <td class="num dim">{percentText(value, table.total)}</td>
    </>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="who" aria-label={table.question} tabIndex={0}>
      <header class="who__head">
        <h2>{table.question}</h2>
        <p>{table.sentence}</p>
      </header>
      <table class="functions">
        <thead>
          <tr>
            <th scope="col" class="num" colSpan={2}>
              {state.loaded.value?.sampleType}
            </th>
            <th scope="col">own function</th>
            <th scope="col">line</th>
            <th scope="col">by way of</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.name} state={state} table={table} row={row} amount={amount} />
          ))}
          {table.rest.map(({ title, value }) => (
            <tr key={title} class="who__rest">
              {amount(value)}
              <td class="dim" colSpan={3}>
                {title}, with no own code on the stack
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < matching.length && (
        <button
          type="button"
          class="who__more"
          onClick={() => {
            all.value = true;
          }}
        >
          {matching.length - rows.length} more functions
        </button>
      )}
      <p class="who__how dim">
        Each sample is counted once: at the innermost function of your own code on its stack, with
        all that libraries and the runtime did below it.
      </p>
    </section>
  );
}

interface RowProps {
  readonly state: PanelState;
  readonly table: WhoTable;
  readonly row: WhoRow;
  readonly amount: (value: number) => JSX.Element;
}

function Row({ state, table, row, amount }: RowProps): JSX.Element {
  const open = useSignal(false);
  const { name, lines, via } = row;
  const [first] = lines;
  const several = lines.length > 1 || via.length > 1;
  const share = (value: number, of: number) =>
    of === 0 || value === of ? '' : percentText(value, of);
  return (
    <>
      <tr onDblClick={() => state.openSandwich(name)}>
        {amount(row.value)}
        <td class="code functions__name" title={`${name}\n${row.file}`}>
          <button
            type="button"
            class="who__open"
            aria-expanded={open.value}
            disabled={!several}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            {several ? (open.value ? '▾' : '▸') : ''}
          </button>
          <button
            type="button"
            class="who__name"
            title="Show its callers and callees"
            onClick={() => state.openSandwich(name)}
          >
            {shortName(name)}
          </button>
        </td>
        <td class="code" title={first?.file}>
          {first !== undefined && placeText(first.file, first.line)}{' '}
          <span class="num dim">{first && share(first.value, row.value)}</span>
        </td>
        <td class="code who__via">
          {via[0]?.name === '' ? <span class="dim">itself</span> : shortName(via[0]?.name ?? '')}{' '}
          <span class="num dim">{via[0] && share(via[0].value, row.value)}</span>
        </td>
      </tr>
      {open.value && <Details row={row} unit={table.unit} />}
    </>
  );
}

/** All lines of a row and, beside them, all ways. */
function Details(props: { readonly row: WhoRow; readonly unit: string }): JSX.Element {
  const { row, unit } = props;
  const pair = (name: string, value: number) => (
    <li key={name}>
      {name} <span class="num dim">{valueText(value, unit)}</span>
    </li>
  );
  return (
    <tr class="who__detail">
      <td colSpan={3} />
      <td class="code">
        <ul>{row.lines.map(({ file, line, value }) => pair(placeText(file, line), value))}</ul>
      </td>
      <td class="code who__via">
        <ul>
          {row.via.map(({ name, value }) => pair(name === '' ? 'itself' : shortName(name), value))}
        </ul>
      </td>
    </tr>
  );
}
