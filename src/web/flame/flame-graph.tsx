/**
 * The flame graph as a component: mounts a FlameView and keeps it in step with its props.
 *
 * Holds no state of its own. What is selected, lit and zoomed to comes in; what hands ask for goes
 * out. The canvas is one focusable thing with a name; the panel reads the selection out and has the
 * equal table.
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import './flame.css';
import { type FlameEvents, FlameView, type FlameViewOptions } from './flame-view.ts';
import { attachInput, type InputEvents } from './input.ts';
import type { FlameModel } from './model.ts';
import type { Span } from './viewport.ts';

export interface FlameGraphProps {
  readonly model: FlameModel;
  /** The part of the width to show; a change is eased. */
  readonly span: Span;
  /** Scrolled into sight when it changes; -1 = none. */
  readonly reveal: number;
  /** Frames to light; undefined = all. */
  readonly lit: Uint8Array | undefined;
  /** Node; -1 = none. */
  readonly selected: number;
  readonly marked: Span | undefined;
  readonly events: InputEvents & FlameEvents;
  /** Called with the view while it is mounted, and with undefined when it is gone. */
  readonly mounted?: (view: FlameView | undefined) => void;
  /** Read when mounted; without it the whole tree grows down. */
  readonly options?: FlameViewOptions;
  /** What screen readers call it. */
  readonly name: string;
}

export function FlameGraph(props: FlameGraphProps): JSX.Element {
  const { model, span, reveal, lit, selected, marked, events, mounted, name } = props;
  const { options = { growth: 'down', skipRows: 0 } } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const view = useRef<FlameView | undefined>(undefined);
  const latest = useRef(events);
  latest.current = events;
  useLayoutEffect(() => {
    if (scroller.current === null) return undefined;
    const made = new FlameView(
      scroller.current,
      {
        spanRested: (rested) => latest.current.spanRested(rested),
        spanMoved: (moved) => latest.current.spanMoved(moved),
      },
      options,
    );
    const detach = attachInput(made, {
      hover: (node, at) => {
        made.setHovered(node);
        latest.current.hover(node, at);
      },
      select: (node) => latest.current.select(node),
      fit: (node) => latest.current.fit(node),
      menu: (node, at) => latest.current.menu(node, at),
      mark: (range) => latest.current.mark(range),
      zoomTo: (range) => latest.current.zoomTo(range),
    });
    view.current = made;
    mounted?.(made);
    return () => {
      mounted?.(undefined);
      view.current = undefined;
      detach();
      made.dispose();
    };
  }, []);
  const first = useRef(true);
  useLayoutEffect(() => view.current?.setModel(model), [model]);
  useLayoutEffect(() => {
    view.current?.showSpan(span, !first.current);
    first.current = false;
  }, [span.left, span.right]);
  useLayoutEffect(() => view.current?.setLit(lit), [lit]);
  useLayoutEffect(() => view.current?.setSelected(selected), [selected, model]);
  useLayoutEffect(() => view.current?.setBand(marked), [marked]);
  useEffect(() => {
    if (reveal > 0) view.current?.revealRow(model.tree.depth[reveal] ?? 0);
  }, [reveal, model]);
  return (
    <div
      ref={scroller}
      class="flame"
      role="application"
      aria-roledescription="flame graph"
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is one, with keys of its own
      tabIndex={0}
    />
  );
}
