/**
 * The call graph: pprof's selection of nodes and edges, laid out by Graphviz, in the page's colours.
 *
 * Drag pans, the wheel zooms, a click selects (the flame graph selects the same function), a double
 * click peeks at callers and callees. Everything has a key (graphcommands.ts).
 */
import { signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { WireCallGraph } from '../../api/pprofpage.ts';
import { lastOf } from '../app/loaded.ts';
import { usePage } from '../app/page.ts';
import type { Pattern } from '../flame/search.ts';
import { ReportFailure } from '../peek/failure.tsx';
import { useReport } from '../peek/report.ts';
import { exactly, type PanelState } from '../profile/state.ts';
import './graph.css';
import { graphCommands } from './graphcommands.ts';
import { GraphView } from './graphview.ts';
import { layOut } from './layout.ts';
import { type GraphPicture, pictureOf } from './picture.ts';

interface Drawn {
  readonly graph: WireCallGraph;
  readonly picture: GraphPicture;
}

export function GraphTab({ state }: { readonly state: PanelState }): JSX.Element {
  const answer = useReport<Drawn>(state, 'graph', async (reports, query, abort) => {
    if (reports.graph === undefined) throw new Error('this source has no graph');
    const graph = await reports.graph(query, abort);
    return { graph, picture: pictureOf(await layOut(inSans(graph.dot), abort), graph) };
  });
  const drawn = lastOf(answer);
  if (answer.state === 'failed') return <ReportFailure error={answer.error} />;
  if (drawn === undefined) return <p class="empty dim">Laying out the graph …</p>;
  if (drawn.graph.nodes.length === 0) return <p class="empty dim">The filters leave no node.</p>;
  return <Graph state={state} drawn={drawn} />;
}

/** Graphviz measures text in Times unless told; the style sheet draws it in this family. */
function inSans(dot: string): string {
  const font = 'fontname="Helvetica"';
  return dot.replace('node [', `edge [${font}]\nnode [${font} `);
}

function Graph({
  state,
  drawn,
}: {
  readonly state: PanelState;
  readonly drawn: Drawn;
}): JSX.Element {
  const { graph, picture } = drawn;
  const { commands } = usePage();
  const svg = useRef<SVGSVGElement>(null);
  const view = useMemo(() => signal<GraphView | undefined>(undefined), []);
  const focused = useSignal(false);
  useLayoutEffect(() => {
    if (svg.current === null) return undefined;
    const made = new GraphView(svg.current, graph, picture, {
      select: (node) => select(state, graph.nodes[node]?.functionName ?? ''),
      peek: (node) => peekAt(state, graph.nodes[node]?.name ?? ''),
      menu: (node, at) => openMenu(state, graph.nodes[node]?.functionName ?? '', at),
    });
    view.value = made;
    return () => made.close();
  }, [graph, picture, state, view]);
  useEffect(() => commands.provide(() => graphCommands(view, state)), [commands, view, state]);
  const name = state.nameOf(state.selected.value);
  const pattern = state.searchPattern.value;
  const shown = view.value;
  useEffect(() => {
    shown?.show({
      selected: graph.nodes.findIndex(({ functionName }) => functionName === name),
      lit: litNodes(pattern, graph),
    });
  }, [shown, graph, name, pattern]);
  return (
    <div class="graph">
      <svg
        ref={svg}
        class={focused.value ? 'graph__svg graph__svg--focused' : 'graph__svg'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk its nodes
        tabIndex={0}
        role="application"
        aria-label={`Call graph of ${graph.nodes.length} nodes. Arrow keys walk along the calls; the Peek view has the same figures.`}
        onFocus={() => {
          focused.value = true;
        }}
        onBlur={() => {
          focused.value = false;
        }}
      />
      <div class="graph__tools">
        <button type="button" title="Zoom in (W)" onClick={() => view.peek()?.zoom(1.4)}>
          +
        </button>
        <button type="button" title="Zoom out (S)" onClick={() => view.peek()?.zoom(1 / 1.4)}>
          −
        </button>
        <button type="button" title="Everything (0)" onClick={() => view.peek()?.fit()}>
          Fit
        </button>
      </div>
      <p class="graph__legend dim">{graph.legend.join(' · ')}</p>
    </div>
  );
}

/** 1 = lit; undefined = nothing is searched. */
function litNodes(pattern: Pattern, graph: WireCallGraph): Uint8Array | undefined {
  if (pattern.kind !== 'pattern') return undefined;
  return Uint8Array.from(graph.nodes, ({ name }) => (pattern.test(name) ? 1 : 0));
}

/** The heaviest node of a function in the flame graph; -1 when it is not there. */
function heaviestOf(state: PanelState, name: string): number {
  const tree = state.values.peek()?.tree;
  if (tree === undefined) return -1;
  let best = -1;
  for (let node = 1; node < tree.length; node++) {
    if (tree.frames.name[tree.frame[node] ?? -1] !== name) continue;
    if (best < 0 || (tree.total[node] ?? 0) > (tree.total[best] ?? 0)) best = node;
  }
  return best;
}

function select(state: PanelState, name: string): void {
  state.select(heaviestOf(state, name));
}

function peekAt(state: PanelState, name: string): void {
  state.change({ view: 'peek', symbol: exactly(name) }, 'push');
}

function openMenu(state: PanelState, name: string, at: { x: number; y: number }): void {
  state.openMenu(heaviestOf(state, name), at);
}
