/**
 * Hands → calls: pointer, wheel and touch on a flame graph.
 *
 * Plain drag marks a range, Ctrl/⌘ drag zooms to it, Shift or middle-button drag pans; Ctrl/⌘ wheel
 * (and a trackpad's pinch, which browsers report so) zooms at the pointer, Shift wheel pans, and the
 * plain wheel scrolls as everywhere else. One finger pans, two pinch. Keys are commands, not here.
 */
import type { FlameView } from './flame-view.ts';
import { type Span, spanBetween } from './viewport.ts';

export interface InputEvents {
  /** The pointer is over a node (-1 = none), at a point of the window; undefined = it left. */
  readonly hover: (
    node: number,
    at: { readonly x: number; readonly y: number } | undefined,
  ) => void;
  /** A click; -1 = beside every node. */
  readonly select: (node: number) => void;
  readonly fit: (node: number) => void;
  readonly menu: (node: number, at: { readonly x: number; readonly y: number }) => void;
  /** A range that is being dragged or was left marked; undefined = none. */
  readonly mark: (span: Span | undefined) => void;
  readonly zoomTo: (span: Span) => void;
}

type Drag = 'mark' | 'zoom' | 'pan';

/** Pixels that a hand may tremble while it clicks. */
const CLICK_SLACK = 4;

function dragOf(event: PointerEvent): Drag {
  if (event.button === 1 || event.shiftKey || event.pointerType === 'touch') return 'pan';
  return event.ctrlKey || event.metaKey ? 'zoom' : 'mark';
}

/** Wheel deltas in pixels, whatever the device counts in. */
function pixelsOf(event: WheelEvent, delta: number): number {
  return event.deltaMode === WheelEvent.DOM_DELTA_LINE ? delta * 16 : delta;
}

class Hands {
  private readonly view: FlameView;
  private readonly events: InputEvents;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private drag: Drag | undefined;
  private start = { x: 0, y: 0, fraction: 0 };
  private moved = false;

  constructor(view: FlameView, events: InputEvents) {
    this.view = view;
    this.events = events;
  }

  down(event: PointerEvent): void {
    if (event.button > 1) return;
    // The middle button would start the browser's own scrolling.
    if (event.button === 1) event.preventDefault();
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.view.canvas.setPointerCapture(event.pointerId);
    this.drag = dragOf(event);
    this.moved = this.pointers.size > 1;
    this.start = {
      x: event.clientX,
      y: event.clientY,
      fraction: this.view.fractionAt(event.clientX),
    };
  }

  move(event: PointerEvent): void {
    const at = { x: event.clientX, y: event.clientY };
    const before = this.pointers.get(event.pointerId);
    if (before === undefined || this.drag === undefined) {
      this.events.hover(this.view.nodeAtPoint(at.x, at.y), at);
      return;
    }
    if (this.pointers.size === 2) {
      this.pinch(event.pointerId, at);
    } else if (this.moved || Math.hypot(at.x - this.start.x, at.y - this.start.y) > CLICK_SLACK) {
      this.moved = true;
      this.events.hover(-1, undefined);
      if (this.drag === 'pan') this.panBy(at.x - before.x, at.y - before.y);
      else this.view.setBand(spanBetween(this.start.fraction, this.view.fractionAt(at.x)));
    }
    this.pointers.set(event.pointerId, at);
  }

  up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId)) return;
    const { drag, moved } = this;
    if (this.pointers.size > 0) return;
    this.drag = undefined;
    if (!moved) {
      this.events.mark(undefined);
      if (event.button === 0)
        this.events.select(this.view.nodeAtPoint(event.clientX, event.clientY));
      return;
    }
    const span = spanBetween(this.start.fraction, this.view.fractionAt(event.clientX));
    if (drag === 'mark') this.events.mark(span);
    if (drag === 'zoom') {
      this.events.mark(undefined);
      this.events.zoomTo(span);
    }
  }

  /** The browser took the pointer away: nothing happened. */
  cancel(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.drag = undefined;
    this.view.setBand(undefined);
  }

  private panBy(dx: number, dy: number): void {
    const { view } = this;
    view.pan(-dx / Math.max(1, view.canvas.clientWidth), false);
    view.scroller.scrollTop -= dy;
  }

  private pinch(moving: number, at: { x: number; y: number }): void {
    const before = this.pointers.get(moving);
    const other = [...this.pointers].find(([id]) => id !== moving)?.[1];
    if (before === undefined || other === undefined) return;
    const distance = Math.max(8, Math.abs(before.x - other.x));
    const factor = distance / Math.max(8, Math.abs(at.x - other.x));
    this.view.zoom(factor, this.view.fractionAt((at.x + other.x) / 2), false);
    this.view.scroller.scrollTop -= (at.y - before.y) / 2;
  }

  wheel(event: WheelEvent): void {
    const { view } = this;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const strength = Math.max(-0.4, Math.min(0.4, pixelsOf(event, event.deltaY) * 0.008));
      view.zoom(Math.exp(strength), view.fractionAt(event.clientX));
      return;
    }
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
      event.preventDefault();
      view.pan(pixelsOf(event, sideways) / Math.max(1, view.canvas.clientWidth), event.shiftKey);
    }
  }
}

/** Listens until the returned function is called. */
export function attachInput(view: FlameView, events: InputEvents): () => void {
  const hands = new Hands(view, events);
  const { canvas } = view;
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const nodeOf = (event: MouseEvent) => view.nodeAtPoint(event.clientX, event.clientY);
  canvas.addEventListener('pointerdown', (event) => hands.down(event), options);
  canvas.addEventListener('pointermove', (event) => hands.move(event), options);
  canvas.addEventListener('pointerup', (event) => hands.up(event), options);
  canvas.addEventListener('pointercancel', (event) => hands.cancel(event), options);
  canvas.addEventListener('pointerleave', () => events.hover(-1, undefined), options);
  canvas.addEventListener('dblclick', (event) => events.fit(nodeOf(event)), options);
  canvas.addEventListener(
    'contextmenu',
    (event) => {
      event.preventDefault();
      events.menu(nodeOf(event), { x: event.clientX, y: event.clientY });
    },
    options,
  );
  canvas.addEventListener('wheel', (event) => hands.wheel(event), { ...options, passive: false });
  return () => abort.abort();
}
