/**
 * What lies across all tracks: the two ranges, the marks, the cursor, and the pointer's gestures.
 *
 * Elements instead of canvas: they are few, they move without repainting data, and they can have
 * names and titles. While a range is being drawn only the model's `drawn` changes; the URL is written
 * when the pointer is let go.
 */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { WireFinding } from '../../../api/wire.ts';
import type { Range } from '../../app/url.ts';
import { formatClock, formatRange } from '../figures.ts';
import type { ServiceModel } from '../model.ts';
import { rangeBetween, withEdge } from './ranges.ts';
import { type TimeScale, timeToX, xToTime } from './scale.ts';

/** Shorter than this is a click. */
const CLICK_PIXELS = 4;

type Edge = 'from' | 'to';
type Gesture =
  | { readonly kind: 'draw'; readonly second: boolean }
  | { readonly kind: 'zoom' }
  | { readonly kind: 'edge'; readonly of: 'selection' | 'base'; readonly edge: Edge };

interface Drag {
  readonly gesture: Gesture;
  readonly startX: number;
  readonly startTime: number;
  moved: boolean;
}

export interface OverlayProps {
  readonly model: ServiceModel;
  readonly scale: TimeScale;
  readonly hovered: WireFinding | undefined;
  /** The range that a click selects; without it a click clears the ranges. */
  readonly clicked?: (time: number) => Range;
}

export function Overlay({ model, scale, hovered, clicked }: OverlayProps): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag>(undefined);
  const latest = useRef({ model, scale });
  latest.current = { model, scale };
  useEffect(() => listenToWheel(ref.current, () => latest.current), []);

  const gestures = gesturesOf(model, scale, ref, drag, clicked);
  const { selection, base } = model.ranges.value;
  const pair = base !== undefined;
  const cursor = model.cursor.value;
  return (
    <div ref={ref} class="axis-overlay" data-comparing={model.comparing.value} {...gestures}>
      {model.marks.value.map((mark) => (
        <div
          key={`${mark.kind}${mark.at}`}
          class="axis-mark"
          style={{ left: `${timeToX(scale, mark.at)}px` }}
          title={`${mark.text} (${formatClock(mark.at)})`}
        />
      ))}
      {hovered !== undefined && <Band scale={scale} range={hovered} kind="finding" />}
      {base !== undefined && <Band scale={scale} range={base} kind="base" label="A" edges />}
      {selection !== undefined && (
        <Band
          scale={scale}
          range={selection}
          kind={pair ? 'compared' : 'selection'}
          label={pair ? 'B' : ''}
          edges
        />
      )}
      {cursor !== undefined && (
        <div class="axis-cursor" style={{ left: `${timeToX(scale, cursor)}px` }} />
      )}
    </div>
  );
}

interface BandProps {
  readonly scale: TimeScale;
  readonly range: Range;
  readonly kind: 'selection' | 'compared' | 'base' | 'finding';
  readonly label?: string;
  readonly edges?: boolean;
}

function Band({ scale, range, kind, label = '', edges = false }: BandProps): JSX.Element | null {
  const left = Math.max(0, timeToX(scale, range.from));
  const right = Math.min(scale.width, timeToX(scale, range.to));
  if (right <= left) return null;
  const of = kind === 'base' ? 'base' : 'selection';
  return (
    <div
      class={`axis-band axis-band-${kind}`}
      style={{ left: `${left}px`, width: `${right - left}px` }}
      data-range={kind}
      title={edges ? formatRange(range, scale.to) : ''}
    >
      {label !== '' && <b class="axis-band-label">{label}</b>}
      {edges && <i class="axis-edge axis-edge-from" data-edge="from" data-of={of} />}
      {edges && <i class="axis-edge axis-edge-to" data-edge="to" data-of={of} />}
    </div>
  );
}

function gestureOf(event: PointerEvent, model: ServiceModel): Gesture {
  if (event.target instanceof HTMLElement) {
    const { edge, of } = event.target.dataset;
    if ((edge === 'from' || edge === 'to') && (of === 'selection' || of === 'base')) {
      return { kind: 'edge', of, edge };
    }
  }
  if (event.ctrlKey || event.metaKey) return { kind: 'zoom' };
  return { kind: 'draw', second: event.shiftKey || model.comparing.peek() };
}

interface Handlers {
  readonly onMouseDown: (event: MouseEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onPointerLeave: () => void;
  readonly onDblClick: () => void;
}

function gesturesOf(
  model: ServiceModel,
  scale: TimeScale,
  ref: { readonly current: HTMLDivElement | null },
  drag: { current: Drag | undefined },
  clicked: OverlayProps['clicked'],
): Handlers {
  const xOf = (event: PointerEvent): number =>
    event.clientX - (ref.current?.getBoundingClientRect().left ?? 0);
  const timeOf = (event: PointerEvent): number => {
    const time = xToTime(scale, xOf(event));
    return Math.min(Math.max(time, scale.from), scale.to);
  };
  return {
    onMouseDown: (event) => {
      // The pointer's place says where keys go; a click must not hold them here when it has left.
      event.preventDefault();
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    },
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      ref.current?.setPointerCapture(event.pointerId);
      const gesture = gestureOf(event, model);
      const startTime = timeOf(event);
      drag.current = { gesture, startX: xOf(event), startTime, moved: false };
    },
    onPointerMove: (event) => {
      model.cursor.value = timeOf(event);
      const current = drag.current;
      if (current === undefined) return;
      current.moved ||= Math.abs(xOf(event) - current.startX) >= CLICK_PIXELS;
      if (current.moved) preview(model, current, timeOf(event));
    },
    onPointerUp: (event) => {
      const current = drag.current;
      drag.current = undefined;
      if (current === undefined) return;
      if (current.moved) commit(model, current, timeOf(event));
      else if (current.gesture.kind !== 'draw') return;
      else if (clicked === undefined) model.clearRanges();
      else model.select(clicked(current.startTime), current.gesture.second);
    },
    onPointerCancel: () => {
      drag.current = undefined;
      model.drawn.value = undefined;
    },
    onPointerLeave: () => {
      if (drag.current === undefined) model.cursor.value = undefined;
    },
    onDblClick: () => model.go({ window: { kind: 'default' } }),
  };
}

function rangeOf(model: ServiceModel, { startTime }: Drag, time: number): Range | undefined {
  return rangeBetween(startTime, time, model.window.peek());
}

/** Shows what letting go now would select. */
function preview(model: ServiceModel, drag: Drag, time: number): void {
  const { gesture } = drag;
  const { selection, base } = model.view.peek();
  if (gesture.kind === 'edge') {
    const range = gesture.of === 'base' ? base : selection;
    if (range === undefined) return;
    const moved = withEdge(range, gesture.edge, time, model.window.peek());
    model.drawn.value =
      gesture.of === 'base' ? { selection, base: moved } : { selection: moved, base };
    return;
  }
  const range = rangeOf(model, drag, time);
  if (range === undefined) return;
  model.drawn.value = model.withDrawn(range, gesture.kind === 'draw' && gesture.second);
}

function commit(model: ServiceModel, drag: Drag, time: number): void {
  const { gesture } = drag;
  if (gesture.kind === 'edge') {
    preview(model, drag, time);
    const drawn = model.drawn.peek();
    model.drawn.value = undefined;
    if (drawn !== undefined) model.go(drawn);
    return;
  }
  const range = rangeOf(model, drag, time);
  model.drawn.value = undefined;
  if (range === undefined) return;
  if (gesture.kind === 'zoom') model.setWindow(range);
  else model.select(range, gesture.second);
}

/**
 * Ctrl/⌘ + wheel (and pinch, which browsers report so) zooms at the pointer; a sideways wheel pans.
 * A plain wheel is left alone. Not a JSX handler, because those may not prevent the page's own zoom.
 */
function listenToWheel(
  element: HTMLElement | null,
  latest: () => { readonly model: ServiceModel; readonly scale: TimeScale },
): (() => void) | undefined {
  if (element === null) return undefined;
  const onWheel = (event: WheelEvent): void => {
    const { model, scale } = latest();
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left;
      model.zoom(Math.exp(event.deltaY * 0.004), xToTime(scale, x));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      model.pan(event.deltaX / Math.max(1, scale.width));
    }
  };
  element.addEventListener('wheel', onWheel, { passive: false });
  return () => element.removeEventListener('wheel', onWheel);
}
