/**
 * The strip at the bottom: the marked range, else what is selected with its figures, else what the
 * colours mean. One row, always there, so that nothing jumps.
 */
import type { JSX } from 'preact';
import { shortName } from '../flame/label.ts';
import { CHANGES } from '../flame/model.ts';
import type { Span } from '../flame/viewport.ts';
import { ORIGIN_TITLES, ORIGINS } from '../theme/colors.ts';
import { changeClassName } from './figurelist.tsx';
import { describeNode, type NodeFigures } from './figures.ts';
import { LinesMenu } from './lines.tsx';
import { percentText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';
import './details.css';

export function DetailsStrip({ state }: { readonly state: PanelState }): JSX.Element {
  const subject = state.subject.value;
  const selected = state.selected.value;
  const figures = subject && selected > 0 ? describeNode(subject, selected) : undefined;
  const marked = state.marked.value;
  return (
    <footer class="details">
      {marked !== undefined && <Marked state={state} marked={marked} />}
      {marked === undefined && figures !== undefined && (
        <Selected state={state} figures={figures} />
      )}
      {marked === undefined && figures === undefined && (
        <>
          <Legend state={state} />
          <span class="spread" />
          <Omitted state={state} />
        </>
      )}
      <p class="unseen" aria-live="polite">
        {figures?.sentence}
      </p>
    </footer>
  );
}

function Selected(props: {
  readonly state: PanelState;
  readonly figures: NodeFigures;
}): JSX.Element {
  const { state, figures } = props;
  const { name } = figures;
  return (
    <>
      <span class="details__name code" title={name}>
        {shortName(name)}
      </span>
      {figures.shortPlace !== '' && (
        <span class="code dim" title={figures.place}>
          {figures.shortPlace}
        </span>
      )}
      {figures.values.map(({ title, value, share, change }) => (
        <span key={title} class="details__figure">
          <span class="dim">{title}</span> <span class="num">{value}</span>
          {share !== '' && <span class="num dim"> {share.replace(' of all', '')}</span>}
          {change !== undefined && (
            <span class={`num ${changeClassName(change.direction)}`}> {change.text}</span>
          )}
        </span>
      ))}
      <span class="spread" />
      <span class="details__actions">
        <LinesMenu state={state} name={name} />
        <button
          type="button"
          onClick={() => void navigator.clipboard.writeText(name)}
          title="Copy the whole name (Y)"
        >
          Copy
        </button>
        <button
          type="button"
          onClick={() => state.focusOn(name)}
          title="Keep only stacks through it (Shift+F)"
        >
          Focus
        </button>
        <button
          type="button"
          onClick={() => state.openSandwich(name)}
          title="Its callers above, what it calls below (E)"
        >
          Sandwich
        </button>
        <button
          type="button"
          onClick={() => state.select(-1)}
          aria-label="Clear the selection"
          title="Clear the selection (Esc)"
        >
          ✕
        </button>
      </span>
    </>
  );
}

/** The dragged range: how much it holds, and what to do with it. */
function Marked(props: { readonly state: PanelState; readonly marked: Span }): JSX.Element | null {
  const { state, marked } = props;
  const tree = state.values.value?.tree;
  if (tree === undefined) return null;
  const total = (tree.total[0] ?? 0) * (marked.right - marked.left);
  return (
    <>
      <span>
        marked <span class="num">{valueText(total, tree.unit)}</span>
      </span>
      <span class="num dim">{percentText(total, state.grandTotal.value)} of all</span>
      <span class="spread" />
      <span class="details__actions">
        <button type="button" onClick={() => state.zoomTo(marked)}>
          Zoom to it <kbd>F</kbd>
        </button>
        <button
          type="button"
          onClick={() => {
            state.marked.value = undefined;
          }}
        >
          Clear <kbd>Esc</kbd>
        </button>
      </span>
    </>
  );
}

const CHANGE_TITLES = ['−30 % and less', 'less', 'the same', 'more', '+30 % and more'];

/** What the colours mean, and how much self value each origin has. */
function Legend({ state }: { readonly state: PanelState }): JSX.Element | null {
  const model = state.model.value;
  const values = state.values.value;
  if (model === undefined || values === undefined) return null;
  const light = (origin: number) => {
    state.litOrigin.value = origin;
  };
  if (values.base !== undefined) {
    return (
      <ul class="legend" aria-label="Colours">
        {CHANGES.map((change, index) => (
          <li key={change}>
            <i class={`swatch swatch--${change}`} />
            {CHANGE_TITLES[index]}
          </li>
        ))}
      </ul>
    );
  }
  const shares = state.originShares.value;
  return (
    <ul
      class="legend"
      aria-label="Self value by origin"
      title="What the frames themselves have, by where their code comes from; the colours of all views"
    >
      <li class="dim">self by origin</li>
      {ORIGINS.map((origin, index) =>
        (shares[index] ?? 0) === 0 ? null : (
          <li key={origin} onPointerEnter={() => light(index)} onPointerLeave={() => light(-1)}>
            <i class={`swatch swatch--${origin}`} />
            {ORIGIN_TITLES[origin]}
            <span class="num dim">{percentText(shares[index] ?? 0, 1)}</span>
          </li>
        ),
      )}
    </ul>
  );
}

function Omitted({ state }: { readonly state: PanelState }): JSX.Element | null {
  const tree = state.values.value?.tree;
  if (tree === undefined) return null;
  const { omittedNodes } = tree;
  const left = omittedNodes > 0 ? `, ${omittedNodes.toLocaleString('en')} more too small` : '';
  const title = 'Frames too small to see were left out; their value is in their caller’s total.';
  return (
    <span class="dim num" title={omittedNodes > 0 ? title : undefined}>
      {(tree.length - 1).toLocaleString('en')} frames{left}
    </span>
  );
}
