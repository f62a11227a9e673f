/**
 * Small multiples: a flame graph for each value of a label, one below the other at one scale, so that
 * widths compare across them; or each over the full width, to compare shapes.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { labelFrameName } from '../../report/reading/grouped.ts';
import type { LabelKey } from '../../report/reading/labeltable.ts';
import type { ProfileTree } from '../data/tree.ts';
import { FlameGraph } from '../flame/flame-graph.tsx';
import { flameModel } from '../flame/model.ts';
import { pathOf } from '../flame/navigate.ts';
import { matchFrames } from '../flame/search.ts';
import { FULL, type Span } from '../flame/viewport.ts';
import { changeClassName } from './figurelist.tsx';
import type { FigureSubject } from './figures.ts';
import { deltaText, percentText, ratioText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';
import { type Branch, branchesOf } from './subtree.ts';

/** A canvas each: enough to compare, few enough to stay quick. */
const MOST_GRAPHS = 24;
const ROW = 18;
const MOST_ROWS = 14;

interface MultiplesProps {
  readonly state: PanelState;
  /** Under the values of the label. */
  readonly grouped: ProfileTree;
  readonly current: LabelKey;
}

export function Multiples({ state, grouped, current }: MultiplesProps): JSX.Element {
  const sameScale = useSignal(true);
  const branches = useMemo(() => branchesOf({ tree: grouped.tree, base: grouped.base }), [grouped]);
  const scale = state.baseScale.value;
  const widest = Math.max(...branches.map((branch) => widthOf(branch, scale)), 0);
  const shown = branches.slice(0, MOST_GRAPHS);
  return (
    <div class="multiples">
      <div class="multiples__bar">
        <span>
          {shown.length < branches.length
            ? `The ${shown.length} largest of ${branches.length} values`
            : `A flame graph for each value of ${current.key}`}
        </span>
        <fieldset class="segments">
          <legend class="unseen">Widths</legend>
          {[true, false].map((same) => (
            <button
              key={String(same)}
              type="button"
              aria-pressed={sameScale.value === same}
              onClick={() => {
                sameScale.value = same;
              }}
            >
              {same ? 'one scale' : 'full width'}
            </button>
          ))}
        </fieldset>
      </div>
      {shown.map((branch) => (
        <Multiple
          key={branch.name}
          state={state}
          branch={branch}
          current={current}
          share={sameScale.value && widest > 0 ? widthOf(branch, scale) / widest : 1}
        />
      ))}
    </div>
  );
}

/** What the width of a graph stands for; in a comparison both sides count. */
function widthOf({ values }: Branch, scale: number): number {
  const now = Math.abs(values.tree.total[0] ?? 0);
  return now + Math.abs(values.base?.total[0] ?? 0) * scale;
}

interface MultipleProps {
  readonly state: PanelState;
  readonly branch: Branch;
  readonly current: LabelKey;
  /** Of the full width. */
  readonly share: number;
}

function Multiple({ state, branch, current, share }: MultipleProps): JSX.Element {
  const span = useSignal<Span>(FULL);
  const selected = useSignal(-1);
  const { ownModules } = state.scope.value;
  const scale = state.baseScale.value;
  const grand = state.grandTotal.value;
  const subject = useMemo<FigureSubject>(() => {
    const { tree, base } = branch.values;
    const model = flameModel(tree, { base, baseScale: scale, ownModules, rootLabel: '' });
    return { model, base, baseScale: scale, grandTotal: grand, inverted: false };
  }, [branch, scale, ownModules, grand]);
  const { model } = subject;
  const pattern = state.searchPattern.value;
  const lit = useMemo(
    () => (pattern.kind === 'pattern' ? matchFrames(model.tree.frames, pattern) : undefined),
    [model, pattern],
  );
  const fitNode = (node: number) => {
    const left = model.layout.left[node] ?? 0;
    const width = model.layout.width[node] ?? 0;
    span.value = node > 0 && width > 0 ? { left, right: left + width } : FULL;
  };
  const nameOf = (node: number) => model.tree.frames.name[model.tree.frame[node] ?? -1] ?? '';
  const rows = Math.min(MOST_ROWS, Math.max(1, model.layout.rows - 1));
  return (
    <section class="multiple" aria-label={`${current.key} ${branch.name}`}>
      <Caption state={state} branch={branch} current={current} />
      <div class="multiple__graph" style={{ width: `${share * 100}%`, height: `${rows * ROW}px` }}>
        <FlameGraph
          model={model}
          span={span.value}
          reveal={-1}
          lit={lit}
          selected={selected.value}
          marked={undefined}
          // The caption stands for the root.
          options={{ growth: 'down', skipRows: 1 }}
          name={`Flame graph of ${current.key} ${branch.name}`}
          events={{
            hover: (node, at) => {
              const over = node > 0 && at !== undefined;
              state.hover.value = over ? { subject, node, ...at } : undefined;
            },
            select: (node) => {
              selected.value = node;
            },
            fit: fitNode,
            menu: (node, at) => {
              if (node <= 0) return;
              const stack = pathOf(model.tree, node);
              state.menu.value = { name: nameOf(node), stack, fit: () => fitNode(node), ...at };
            },
            mark: () => {},
            zoomTo: (to) => {
              span.value = to;
            },
            spanRested: (to) => {
              span.value = to;
            },
            spanMoved: () => {},
          }}
        />
      </div>
    </section>
  );
}

function Caption({ state, branch, current }: Omit<MultipleProps, 'share'>): JSX.Element {
  const { tree, base } = branch.values;
  const total = tree.total[0] ?? 0;
  const was = (base?.total[0] ?? 0) * state.baseScale.value;
  const label = current.values.find(
    ({ value }) => labelFrameName(value, current.kind, current.unit) === branch.name,
  );
  const value = label?.value;
  return (
    <p class="multiple__caption">
      {value === undefined ? (
        <span class="code dim">{branch.name}</span>
      ) : (
        <button
          type="button"
          class="code labels-tab__value"
          title={`Narrow everything to ${current.key} ${branch.name}`}
          onClick={() =>
            state.change(
              { labels: { ...state.view.peek().labels, [current.key]: value }, view: 'flame' },
              'push',
            )
          }
        >
          {branch.name}
        </button>
      )}
      <span class="num">{valueText(total, tree.unit)}</span>
      <span class="num dim">{percentText(total, state.grandTotal.value)}</span>
      {base !== undefined && (
        <span class={`num ${changeClassName(Math.sign(total - was))}`}>
          {deltaText(total - was, tree.unit)} {ratioText(total, was)}
        </span>
      )}
    </p>
  );
}
