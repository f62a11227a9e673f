/**
 * Canvas2D behind `Renderer`.
 *
 * Rectangles are drawn one colour after the other, because changing the fill style is what costs;
 * labels are drawn last, in a monospaced font, so that what fits is a division and nothing has to be
 * measured. Everything is in whole device pixels: edges and text stay sharp at every ratio.
 */
import type { Palette, Picture, Renderer } from './renderer.ts';

/** Rectangles narrower than this have no gap after them: the gaps would be all one sees. */
const GAP_FROM = 4;

export class CanvasRenderer implements Renderer {
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette | undefined;
  private ratio = 1;
  private charWidth = 0;
  private font = '';

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser cannot draw on a canvas');
    this.canvas = canvas;
    this.context = context;
  }

  resize(width: number, height: number, ratio: number): void {
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.font = '';
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.font = '';
  }

  draw(picture: Picture): void {
    const { palette, context } = this;
    if (palette === undefined) return;
    context.fillStyle = palette.background;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.drawRectangles(picture, palette);
    this.drawLabels(picture, palette);
    this.drawOutlines(picture, palette);
    this.drawBand(picture, palette);
  }

  private drawRectangles(picture: Picture, palette: Palette): void {
    const { context, canvas } = this;
    const { rectangles, fill, rowHeight, top } = picture;
    const step = rowHeight * picture.direction;
    const gap = Math.max(1, Math.round(this.ratio));
    for (let color = 0; color < palette.fills.length; color++) {
      let chosen = false;
      for (let index = 0; index < rectangles.length; index++) {
        if (fill[index] !== color) continue;
        if (!chosen) {
          context.fillStyle = palette.fills[color] ?? palette.background;
          chosen = true;
        }
        const x = rectangles.x[index] ?? 0;
        const from = Math.max(-2, Math.round(x));
        const to = Math.min(canvas.width + 2, Math.round(x + (rectangles.width[index] ?? 0)));
        const width = to - from;
        context.fillRect(
          from,
          top + (rectangles.row[index] ?? 0) * step,
          Math.max(1, width >= GAP_FROM ? width - gap : width),
          rowHeight - gap,
        );
      }
    }
  }

  private setFont(fontSize: number, family: string): void {
    const font = `${fontSize}px ${family}`;
    if (font === this.font) return;
    this.font = font;
    this.context.font = font;
    this.charWidth = this.context.measureText('0'.repeat(20)).width / 20;
  }

  private drawLabels(picture: Picture, palette: Palette): void {
    const { context, canvas } = this;
    const { rectangles, fill, rowHeight, top, fontSize } = picture;
    const step = rowHeight * picture.direction;
    this.setFont(fontSize, palette.fontFamily);
    context.textBaseline = 'alphabetic';
    const pad = Math.round(4 * this.ratio);
    const baseline = Math.round((rowHeight + fontSize * 0.68) / 2);
    let style = '';
    for (let index = 0; index < rectangles.length; index++) {
      const node = rectangles.node[index] ?? -1;
      if (node < 0) continue;
      const x = rectangles.x[index] ?? 0;
      const from = Math.max(0, Math.round(x));
      const to = Math.min(canvas.width, x + (rectangles.width[index] ?? 0));
      const chars = Math.floor((to - from - 2 * pad) / this.charWidth);
      if (chars < 1) continue;
      const label = picture.labelOf(node, chars);
      if (label === '') continue;
      const color = palette.texts[fill[index] ?? 0] ?? palette.background;
      if (color !== style) {
        context.fillStyle = color;
        style = color;
      }
      const y = top + (rectangles.row[index] ?? 0) * step + baseline;
      context.fillText(label, from + pad, y);
    }
  }

  private drawOutlines(picture: Picture, palette: Palette): void {
    const { context, canvas } = this;
    const { rectangles, rowHeight, top } = picture;
    const step = rowHeight * picture.direction;
    for (const { rectangle, kind } of picture.outlines) {
      const line = Math.max(1, Math.round((kind === 'hover' ? 1 : 2) * this.ratio));
      const x = rectangles.x[rectangle] ?? 0;
      const from = Math.max(-line, Math.round(x));
      const right = Math.round(x + (rectangles.width[rectangle] ?? 0));
      const to = Math.max(from + line * 2, Math.min(canvas.width + line, right - 1));
      context.strokeStyle = kind === 'hover' ? palette.hover : palette.selected;
      context.lineWidth = line;
      context.strokeRect(
        from + line / 2,
        top + (rectangles.row[rectangle] ?? 0) * step + line / 2,
        to - from - line,
        rowHeight - this.ratio - line,
      );
    }
  }

  private drawBand(picture: Picture, palette: Palette): void {
    const { context, canvas } = this;
    const { band } = picture;
    if (band === undefined) return;
    context.fillStyle = palette.shade;
    context.fillRect(0, 0, band.from, canvas.height);
    context.fillRect(band.to, 0, canvas.width - band.to, canvas.height);
    context.fillStyle = palette.selected;
    const line = Math.max(1, Math.round(this.ratio));
    context.fillRect(Math.round(band.from), 0, line, canvas.height);
    context.fillRect(Math.round(band.to) - line, 0, line, canvas.height);
  }
}
