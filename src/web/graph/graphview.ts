/**
 * The drawn graph on the screen: its viewport, pointers, selection and what is lit.
 *
 * Works on the elements directly, outside of the component tree: panning sets one attribute.
 */
import type { WireCallGraph } from '../../api/pprofpage.ts';
import type { GraphPicture } from './picture.ts';
import { centred, fitted, panned, type Size, type ViewBox, zoomed } from './viewbox.ts';
import { neighboursOf, type Side } from './walk.ts';

export interface GraphEvents {
  /** -1 = nothing. */
  select(node: number): void;
  peek(node: number): void;
  menu(node: number, at: { readonly x: number; readonly y: number }): void;
}

export interface Shown {
  /** -1 = none. */
  readonly selected: number;
  readonly lit: Uint8Array | undefined;
}

/** Movement beyond this many pixels is a drag and no click. */
const CLICK_PIXELS = 4;

export class GraphView {
  private readonly svg: SVGSVGElement;
  private readonly graph: WireCallGraph;
  private readonly picture: GraphPicture;
  private readonly events: GraphEvents;
  private readonly listening = new AbortController();
  private readonly resizes: ResizeObserver;
  private box: ViewBox = { x: 0, y: 0, scale: 1 };
  /** False until a hand has moved it: then a new size does not fit it again. */
  private moved = false;
  private selected = -1;

  constructor(
    svg: SVGSVGElement,
    graph: WireCallGraph,
    picture: GraphPicture,
    events: GraphEvents,
  ) {
    this.svg = svg;
    this.graph = graph;
    this.picture = picture;
    this.events = events;
    svg.replaceChildren(picture.root);
    this.fit();
    this.resizes = new ResizeObserver(() => (this.moved ? this.apply() : this.fit()));
    this.resizes.observe(svg);
    this.listen();
  }

  close(): void {
    this.listening.abort();
    this.resizes.disconnect();
  }

  fit(): void {
    this.moved = false;
    this.box = fitted(this.picture, this.size());
    this.apply();
  }

  /** `at` in pixels of the window's part; the middle unless set. */
  zoom(factor: number, at?: { readonly x: number; readonly y: number }): void {
    const { width, height } = this.size();
    this.go(zoomed(this.box, at ?? { x: width / 2, y: height / 2 }, factor));
  }

  /** By shares of the width and height. */
  pan(across: number, down: number): void {
    const { width, height } = this.size();
    this.go(panned(this.box, -across * width, -down * height));
  }

  show({ selected, lit }: Shown): void {
    const { nodes } = this.picture;
    nodes.forEach((group, node) => {
      group?.classList.toggle('graph-node--selected', node === selected);
      group?.classList.toggle('graph-node--lit', lit?.[node] === 1);
      group?.classList.toggle('graph-node--dim', lit !== undefined && lit[node] !== 1);
    });
    if (selected === this.selected) return;
    this.selected = selected;
    if (selected >= 0) this.reveal(selected);
  }

  /** The heaviest caller or callee of the selection, or the node beside it; without one, the first. */
  walk(side: Side): void {
    const next = this.selected < 0 ? 0 : neighboursOf(this.graph.dot, this.selected, side)[0];
    if (next !== undefined) this.events.select(next);
  }

  /** Callers and callees of the selection. */
  peek(): void {
    if (this.selected >= 0) this.events.peek(this.selected);
  }

  /** Brings a node into the window when it is outside of it. */
  private reveal(node: number): void {
    const group = this.picture.nodes[node];
    const inside = this.svg.getBoundingClientRect();
    const box = group?.getBoundingClientRect();
    if (group === undefined || box === undefined) return;
    const seen =
      box.left >= inside.left &&
      box.right <= inside.right &&
      box.top >= inside.top &&
      box.bottom <= inside.bottom;
    if (seen) return;
    const x = this.box.x + (box.left + box.width / 2 - inside.left) * this.box.scale;
    const y = this.box.y + (box.top + box.height / 2 - inside.top) * this.box.scale;
    this.go(centred(this.box, { x, y }, this.size()));
  }

  private go(box: ViewBox): void {
    this.moved = true;
    this.box = box;
    this.apply();
  }

  private apply(): void {
    const { width, height } = this.size();
    const { x, y, scale } = this.box;
    this.svg.setAttribute('viewBox', `${x} ${y} ${width * scale} ${height * scale}`);
  }

  private size(): Size {
    return { width: this.svg.clientWidth || 1, height: this.svg.clientHeight || 1 };
  }

  /** The node under an event; -1 = none. */
  private nodeAt(target: EventTarget | null): number {
    const group = target instanceof Element ? target.closest<SVGElement>('.graph-node') : null;
    return group === null ? -1 : this.picture.nodes.indexOf(group);
  }

  private pointOf(event: MouseEvent): { readonly x: number; readonly y: number } {
    const box = this.svg.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private listen(): void {
    const { svg, events } = this;
    const options = { signal: this.listening.signal };
    svg.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), this.pointOf(event));
      },
      { ...options, passive: false },
    );
    svg.addEventListener(
      'dblclick',
      (event) => {
        const node = this.nodeAt(event.target);
        if (node >= 0) events.peek(node);
      },
      options,
    );
    svg.addEventListener(
      'contextmenu',
      (event) => {
        const node = this.nodeAt(event.target);
        if (node < 0) return;
        event.preventDefault();
        events.menu(node, { x: event.clientX, y: event.clientY });
      },
      options,
    );
    this.listenToDrags(options);
  }

  /** One pointer pans, two pinch. */
  private listenToDrags(options: { readonly signal: AbortSignal }): void {
    const { svg } = this;
    const down = new Map<number, PointerEvent>();
    let travelled = 0;
    svg.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return;
        if (down.size === 0) travelled = 0;
        down.set(event.pointerId, event);
      },
      options,
    );
    svg.addEventListener(
      'pointermove',
      (event) => {
        const before = down.get(event.pointerId);
        if (before === undefined) return;
        const dx = event.clientX - before.clientX;
        const dy = event.clientY - before.clientY;
        travelled += Math.hypot(dx, dy);
        if (travelled < CLICK_PIXELS) return;
        svg.setPointerCapture(event.pointerId);
        const other = [...down.values()].find(({ pointerId }) => pointerId !== event.pointerId);
        if (other === undefined) this.go(panned(this.box, dx, dy));
        else this.pinch(before, event, other);
        down.set(event.pointerId, event);
      },
      options,
    );
    const up = (event: PointerEvent): void => {
      const wasDown = down.delete(event.pointerId);
      if (!wasDown || event.type !== 'pointerup' || travelled >= CLICK_PIXELS) return;
      this.events.select(this.nodeAt(event.target));
    };
    svg.addEventListener('pointerup', up, options);
    svg.addEventListener('pointercancel', up, options);
  }

  private pinch(before: PointerEvent, now: PointerEvent, other: PointerEvent): void {
    const distance = (event: PointerEvent): number =>
      Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY) || 1;
    this.zoom(distance(now) / distance(before), this.pointOf(other));
  }
}
