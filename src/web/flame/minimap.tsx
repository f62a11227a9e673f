/**
 * The whole picture in a strip, with the shown part marked: where am I, and how do I get elsewhere.
 *
 * Drawn once for each model; while zooming only the marker moves. Drag the marker to pan, click
 * beside it to jump. Cost of drawing: as one frame of the flame graph.
 */
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { onThemeChange } from '../theme/colors.ts';
import type { FlameModel } from './model.ts';
import { fillOf, readPalette } from './palette.ts';
import { clampSpan, type Span } from './viewport.ts';
import { collectVisible, newRectangles } from './visible.ts';

/** Draws a model's rows two pixels high (or lower when there are many). */
function drawAll(canvas: HTMLCanvasElement, model: FlameModel): void {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  const palette = readPalette(canvas);
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  context.fillStyle = palette.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const rows = Math.max(1, model.layout.rows);
  const height = Math.max(0.5, Math.min(3 * devicePixelRatio, canvas.height / rows));
  const rectangles = newRectangles();
  const window = { left: 0, right: 1, top: 0, rows };
  collectVisible(model.tree, model.layout, window, canvas.width, rectangles);
  const fills = Uint8Array.from({ length: rectangles.length }, (_, index) =>
    fillOf(model, rectangles.node[index] ?? 0, undefined),
  );
  // Colour by colour: setting one costs more than drawing a rectangle.
  for (const fill of new Set(fills)) {
    context.fillStyle = palette.fills[fill] ?? palette.background;
    for (let index = 0; index < rectangles.length; index++) {
      if (fills[index] !== fill || rectangles.node[index] === 0) continue;
      const top = (rectangles.row[index] ?? 0) * height;
      const width = rectangles.width[index] ?? 0;
      context.fillRect(rectangles.x[index] ?? 0, top, width, Math.ceil(height));
    }
  }
}

interface MinimapProps {
  readonly model: FlameModel;
  readonly shown: ReadonlySignal<Span>;
  /** Moves the view there, without easing while dragging. */
  readonly move: (span: Span, eased: boolean) => void;
}

export function Minimap({ model, shown, move }: MinimapProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const grab = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    let request = 0;
    // The flame graph is what somebody waits for: it is painted first.
    const redraw = () => {
      cancelAnimationFrame(request);
      request = requestAnimationFrame(() => {
        request = requestAnimationFrame(() => drawAll(element, model));
      });
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(element);
    const stopTheme = onThemeChange(redraw);
    return () => {
      cancelAnimationFrame(request);
      observer.disconnect();
      stopTheme();
    };
  }, [model]);
  const fractionOf = (event: PointerEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined || box.width === 0 ? 0 : (event.clientX - box.left) / box.width;
  };
  const follow = (event: PointerEvent, eased: boolean) => {
    const width = shown.peek().right - shown.peek().left;
    const left = fractionOf(event) - (grab.current ?? width / 2);
    move(clampSpan({ left, right: left + width }), eased);
  };
  return (
    <div
      class="minimap"
      aria-hidden="true"
      onPointerDown={(event) => {
        const at = fractionOf(event);
        const { left, right } = shown.peek();
        const inside = at >= left && at <= right;
        grab.current = inside ? at - left : (right - left) / 2;
        event.currentTarget.setPointerCapture(event.pointerId);
        if (!inside) follow(event, true);
      }}
      onPointerMove={(event) => {
        if (grab.current !== undefined) follow(event, false);
      }}
      onPointerUp={() => {
        grab.current = undefined;
      }}
    >
      <canvas ref={canvas} />
      <Marker shown={shown} />
    </div>
  );
}

/** Alone, so that zooming renders two elements and nothing else. */
function Marker({ shown }: { readonly shown: ReadonlySignal<Span> }): JSX.Element {
  const before = useRef<HTMLDivElement>(null);
  const after = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      shown.subscribe(({ left, right }) => {
        if (before.current === null || after.current === null) return;
        before.current.style.width = `${left * 100}%`;
        after.current.style.width = `${(1 - right) * 100}%`;
        before.current.hidden = left <= 0;
        after.current.hidden = right >= 1;
      }),
    [shown],
  );
  return (
    <>
      <div class="minimap__out minimap__out--before" ref={before} />
      <div class="minimap__out minimap__out--after" ref={after} />
    </>
  );
}
