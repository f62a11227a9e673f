/** What keys do on the call graph, for the page's command table. */
import type { ReadonlySignal } from '@preact/signals';
import type { Command } from '../app/commands.ts';
import type { PanelState } from '../profile/state.ts';
import type { GraphView } from './graphview.ts';
import type { Side } from './walk.ts';

const ZOOM = 1.4;
const PAN = 0.15;

export function graphCommands(
  view: ReadonlySignal<GraphView | undefined>,
  state: PanelState,
): readonly Command[] {
  const make = (
    id: string,
    title: string,
    keys: readonly string[],
    run: (view: GraphView) => void,
  ): Command => ({
    id: `graph.${id}`,
    title,
    group: 'Profile',
    keys,
    where: 'on the call graph',
    when: () => view.value !== undefined && state.view.value.view === 'graph',
    run: () => {
      const shown = view.peek();
      if (shown !== undefined) run(shown);
    },
  });
  const walk = (side: Side) => (shown: GraphView) => shown.walk(side);
  return [
    make('zoom-in', 'Zoom in', ['W'], (shown) => shown.zoom(ZOOM)),
    make('zoom-out', 'Zoom out', ['S'], (shown) => shown.zoom(1 / ZOOM)),
    make('pan-left', 'Pan left', ['A'], (shown) => shown.pan(-PAN, 0)),
    make('pan-right', 'Pan right', ['D'], (shown) => shown.pan(PAN, 0)),
    make('pan-up', 'Pan up', ['Shift+ArrowUp'], (shown) => shown.pan(0, -PAN)),
    make('pan-down', 'Pan down', ['Shift+ArrowDown'], (shown) => shown.pan(0, PAN)),
    make('fit', 'Everything', ['0', 'Home'], (shown) => shown.fit()),
    make('caller', 'Select the heaviest caller', ['ArrowUp'], walk('callers')),
    make('callee', 'Select the heaviest callee', ['ArrowDown'], walk('callees')),
    make('next', 'Select the next callee of the same caller', ['ArrowRight'], walk('next')),
    make('previous', 'Select the callee before', ['ArrowLeft'], walk('previous')),
    make('peek', 'Its callers and callees, in figures', ['P'], (shown) => shown.peek()),
  ];
}
