/**
 * The flame graph's tab: the minimap and the graph, wired to the panel's state.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { FlameGraph } from '../flame/flame-graph.tsx';
import { Minimap } from '../flame/minimap.tsx';
import type { PanelState } from './state.ts';

export function FlameTab({ state }: { readonly state: PanelState }): JSX.Element | null {
  const events = useMemo(
    () => ({
      hover: (node: number, at: { x: number; y: number } | undefined) => {
        state.pointer = at && state.flame.peek()?.fractionAt(at.x);
        const subject = state.subject.peek();
        const shown = node >= 0 && at !== undefined && subject !== undefined;
        state.hover.value = shown ? { subject, node, ...at } : undefined;
      },
      select: (node: number) => state.select(node),
      fit: (node: number) => state.fit(node),
      menu: (node: number, at: { x: number; y: number }) => state.openMenu(node, at),
      mark: (span: typeof state.marked.value) => {
        state.marked.value = span;
      },
      zoomTo: (span: typeof state.shown.value) => state.zoomTo(span),
      spanRested: (span: typeof state.shown.value) => state.zoomTo(span),
      spanMoved: (span: typeof state.shown.value) => {
        state.shown.value = span;
      },
    }),
    [state],
  );
  const model = state.model.value;
  if (model === undefined) return null;
  const selected = state.selected.value;
  const zoomed = state.zoomed.value;
  const match = state.matches.value?.nodes[0] ?? 0;
  return (
    <>
      <Minimap
        model={model}
        shown={state.shown}
        move={(span, eased) => state.flame.peek()?.moveFreely(span, eased)}
      />
      <FlameGraph
        model={model}
        span={state.span.value}
        reveal={[selected, zoomed, match].find((node) => node > 0) ?? 0}
        lit={state.lit.value}
        selected={selected}
        marked={state.marked.value}
        events={events}
        mounted={(view) => {
          state.flame.value = view;
        }}
        name={`Flame graph of ${state.loaded.value?.sampleType ?? 'a profile'}. Arrow keys move; the Table tab has the same figures.`}
      />
    </>
  );
}
