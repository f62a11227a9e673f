/**
 * The living flame graph: a model, a span of it, and a canvas that follows both.
 *
 * Owns the draw loop and nothing else: input.ts turns hands into calls of this class, and the
 * component that mounts it owns what is selected, searched and zoomed to. Nothing is drawn unless
 * something changed. Cost of a frame: what visible.ts and canvas.ts say.
 */
import { onThemeChange, reducedMotion } from '../theme/colors.ts';
import { CanvasRenderer } from './canvas.ts';
import { nodeAt } from './layout.ts';
import type { FlameModel } from './model.ts';
import { fillOf, readPalette } from './palette.ts';
import type { Outline, Renderer } from './renderer.ts';
import { clampSpan, easeSpan, FULL, panBy, type Span, sameSpan, zoomAt } from './viewport.ts';
import { collectVisible, newRectangles } from './visible.ts';

/** CSS pixels, before rounding to whole device pixels. */
const ROW_HEIGHT = 18;
const FONT_SIZE = 11;
/** How long a free zoom or pan must rest before it counts as a step. */
const REST_MS = 250;

export interface FlameEvents {
  /** After wheel, keys or dragging came to rest. */
  readonly spanRested: (span: Span) => void;
  /** Every drawn span, for the minimap. */
  readonly spanMoved: (span: Span) => void;
}

export interface FlameViewOptions {
  /** 'down' = the root is the top row (icicle); 'up' = it is the bottom row. */
  readonly growth: 'down' | 'up';
  /** Rows that are not shown, from the root: 1 leaves the root out. */
  readonly skipRows: number;
}

export class FlameView {
  readonly canvas: HTMLCanvasElement;
  readonly scroller: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly renderer: Renderer;
  private readonly events: FlameEvents;
  private readonly growth: FlameViewOptions['growth'];
  private readonly skipRows: number;
  private readonly rectangles = newRectangles();
  private readonly observer: ResizeObserver;
  private readonly stopTheme: () => void;
  private fill = new Uint8Array(4096);
  private model: FlameModel | undefined;
  private span: Span = FULL;
  private goal: Span = FULL;
  private lit: Uint8Array | undefined;
  private hovered = -1;
  private selected = -1;
  private bandSpan: Span | undefined;
  private request = 0;
  private lastDraw = 0;
  private restTimer = 0;
  private ratio = 1;
  private width = 0;
  private height = 0;

  /** `scroller` is empty and scrolls vertically; the canvas made in it sticks to its top. */
  constructor(scroller: HTMLElement, events: FlameEvents, options: FlameViewOptions) {
    this.scroller = scroller;
    this.growth = options.growth;
    this.skipRows = options.skipRows;
    this.spacer = document.createElement('div');
    this.canvas = document.createElement('canvas');
    this.spacer.className = 'flame__spacer';
    this.canvas.className = 'flame__canvas';
    scroller.append(this.spacer, this.canvas);
    this.events = events;
    this.renderer = new CanvasRenderer(this.canvas);
    this.readTheme();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(scroller);
    this.stopTheme = onThemeChange(() => this.readTheme());
    scroller.addEventListener('scroll', this.invalidate, { passive: true });
    this.resize();
  }

  dispose(): void {
    cancelAnimationFrame(this.request);
    clearTimeout(this.restTimer);
    this.observer.disconnect();
    this.stopTheme();
    this.scroller.removeEventListener('scroll', this.invalidate);
    this.scroller.replaceChildren();
  }

  /** Height of a row in CSS pixels: a whole number of device pixels. */
  get rowHeight(): number {
    return Math.round(ROW_HEIGHT * this.ratio) / this.ratio;
  }

  setModel(model: FlameModel): void {
    const first = this.model === undefined;
    this.model = model;
    this.hovered = -1;
    this.setHeight();
    if (first && this.growth === 'up') this.scroller.scrollTop = this.scroller.scrollHeight;
    this.invalidate();
  }

  /** Frames to light, 1 each; all others are dimmed. undefined = all are lit. */
  setLit(frames: Uint8Array | undefined): void {
    this.lit = frames;
    this.invalidate();
  }

  setSelected(node: number): void {
    this.selected = node;
    this.invalidate();
  }

  setHovered(node: number): void {
    if (node === this.hovered) return;
    this.hovered = node;
    this.invalidate();
  }

  /** Shades everything outside of a dragged range. */
  setBand(span: Span | undefined): void {
    this.bandSpan = span;
    this.invalidate();
  }

  get shownSpan(): Span {
    return this.span;
  }

  /** Moves to a span; eased unless motion is reduced. Does not report a rest. */
  showSpan(span: Span, eased = true): void {
    clearTimeout(this.restTimer);
    this.goal = clampSpan(span);
    if (!eased || reducedMotion()) this.span = this.goal;
    this.invalidate();
  }

  /** Zooms around a fraction of the width; reports when it rests. */
  zoom(factor: number, at: number, eased = true): void {
    this.moveFreely(zoomAt(this.goal, at, factor), eased);
  }

  /** Pans by a share of what is shown; reports when it rests. */
  pan(share: number, eased = true): void {
    this.moveFreely(panBy(this.goal, share), eased);
  }

  moveFreely(span: Span, eased: boolean): void {
    if (sameSpan(span, this.goal)) return;
    this.showSpan(span, eased);
    this.restTimer = window.setTimeout(() => this.events.spanRested(this.goal), REST_MS);
  }

  /** Scrolls so that a row is in sight, near the top when it was not. */
  revealRow(row: number): void {
    const { rowHeight, height } = this;
    const y = this.rowTop(row);
    const { scrollTop } = this.scroller;
    if (y >= scrollTop && y + rowHeight <= scrollTop + height) return;
    const top = Math.max(0, y - 2 * rowHeight);
    this.scroller.scrollTo({ top, behavior: reducedMotion() ? 'instant' : 'smooth' });
  }

  /** Where a row begins, in CSS pixels of the scrolled content. */
  private rowTop(row: number): number {
    const place = (row - this.skipRows) * this.rowHeight;
    if (this.growth === 'down') return place;
    return Math.max(this.height, this.contentHeight) - place - this.rowHeight;
  }

  /** The row at a place of the scrolled content. */
  private rowAt(y: number): number {
    const distance = this.growth === 'down' ? y - this.rowTop(0) : this.rowTop(-1) - y;
    return Math.floor(distance / this.rowHeight);
  }

  private get contentHeight(): number {
    const rows = (this.model?.layout.rows ?? 0) - this.skipRows;
    return Math.max(0, rows) * this.rowHeight;
  }

  /** The fraction of the root's width under a point of the window. */
  fractionAt(clientX: number): number {
    const box = this.canvas.getBoundingClientRect();
    const share = box.width > 0 ? (clientX - box.left) / box.width : 0;
    return this.span.left + share * (this.span.right - this.span.left);
  }

  /** The node under a point of the window, or -1. */
  nodeAtPoint(clientX: number, clientY: number): number {
    const { model } = this;
    if (model === undefined) return -1;
    const box = this.canvas.getBoundingClientRect();
    const row = this.rowAt(clientY - box.top + this.scroller.scrollTop);
    return nodeAt(model.tree, model.layout, this.fractionAt(clientX), row);
  }

  /** Where a node is drawn now, in CSS pixels of the canvas; undefined when it is out of sight. */
  placeOf(node: number): { readonly x: number; readonly y: number } | undefined {
    const { model, span } = this;
    if (model === undefined || node < 0) return undefined;
    const scale = this.width / (span.right - span.left);
    const left = ((model.layout.left[node] ?? 0) - span.left) * scale;
    const right = left + (model.layout.width[node] ?? 0) * scale;
    const y = this.rowTop(model.tree.depth[node] ?? 0) - this.scroller.scrollTop;
    if (right < 0 || left > this.width || y < 0 || y > this.height) return undefined;
    return { x: (Math.max(0, left) + Math.min(this.width, right)) / 2, y };
  }

  private readTheme(): void {
    this.renderer.setPalette(readPalette(this.scroller));
    this.invalidate();
  }

  private resize(): void {
    this.width = this.scroller.clientWidth;
    this.height = this.scroller.clientHeight;
    this.ratio = devicePixelRatio;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.renderer.resize(this.width, this.height, this.ratio);
    this.setHeight();
    // A resized canvas is empty until it is drawn: at once, or it flashes.
    this.draw(performance.now());
  }

  private setHeight(): void {
    this.spacer.style.height = `${this.contentHeight}px`;
  }

  readonly invalidate = (): void => {
    if (this.request !== 0) return;
    this.lastDraw = performance.now();
    this.request = requestAnimationFrame((now) => this.draw(now));
  };

  private draw(now: number): void {
    cancelAnimationFrame(this.request);
    this.request = 0;
    const { model } = this;
    if (model === undefined || this.width === 0) return;
    if (this.span !== this.goal) {
      this.span = easeSpan(this.span, this.goal, Math.max(1, now - this.lastDraw));
      this.lastDraw = now;
    }
    const { rowHeight } = this;
    const pixels = this.canvas.width;
    const { scrollTop } = this.scroller;
    const down = this.growth === 'down';
    const top = this.rowAt(down ? scrollTop : scrollTop + this.height - 1);
    const first = Math.max(this.skipRows, top);
    const window = { ...this.span, top: first, rows: this.height / rowHeight + 1 };
    collectVisible(model.tree, model.layout, window, pixels, this.rectangles);
    this.chooseFills(model);
    this.renderer.draw({
      rectangles: this.rectangles,
      fill: this.fill,
      rowHeight: Math.round(rowHeight * this.ratio),
      fontSize: Math.round(FONT_SIZE * this.ratio),
      top: Math.round((this.rowTop(0) - scrollTop) * this.ratio),
      direction: down ? 1 : -1,
      labelOf: model.labelOf,
      outlines: this.outlines(),
      band: this.bandPixels(pixels),
    });
    this.events.spanMoved(this.span);
    if (this.span !== this.goal) this.request = requestAnimationFrame((next) => this.draw(next));
  }

  private chooseFills(model: FlameModel): void {
    const { rectangles, lit } = this;
    if (this.fill.length < rectangles.length) this.fill = new Uint8Array(rectangles.x.length);
    const { fill } = this;
    for (let index = 0; index < rectangles.length; index++) {
      fill[index] = fillOf(model, rectangles.node[index] ?? -1, lit);
    }
  }

  private outlines(): readonly Outline[] {
    const outlines: Outline[] = [];
    const add = (node: number, kind: Outline['kind']) => {
      if (node < 0) return;
      const rectangle = this.rectangles.node.subarray(0, this.rectangles.length).indexOf(node);
      if (rectangle >= 0) outlines.push({ rectangle, kind });
    };
    add(this.hovered, 'hover');
    add(this.selected, 'selected');
    return outlines;
  }

  private bandPixels(pixels: number): { from: number; to: number } | undefined {
    const { bandSpan, span } = this;
    if (bandSpan === undefined) return undefined;
    const scale = pixels / (span.right - span.left);
    const place = (at: number) => Math.min(pixels, Math.max(0, (at - span.left) * scale));
    return { from: place(bandSpan.left), to: place(bandSpan.right) };
  }
}
