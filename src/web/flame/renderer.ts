/**
 * The seam between what is drawn and how: pictures are struct-of-arrays buffers, in device pixels.
 *
 * A renderer knows no trees and no profiles. canvas.ts is the one there is; another one (WebGL) would
 * take the same buffers.
 */
import type { Rectangles } from './visible.ts';

/** Colours and type as the theme has them. */
export interface Palette {
  /** Fill colours; a rectangle's `fill` is an index into them. */
  readonly fills: readonly string[];
  /** Text colour for each fill. */
  readonly texts: readonly string[];
  readonly background: string;
  readonly hover: string;
  readonly selected: string;
  readonly shade: string;
  /** CSS font family of labels; must be monospaced. */
  readonly fontFamily: string;
}

/** A frame that is outlined. */
export interface Outline {
  /** Index into the rectangles. */
  readonly rectangle: number;
  readonly kind: 'hover' | 'selected';
}

export interface Picture {
  readonly rectangles: Rectangles;
  /** Index into the palette's fills for each rectangle. */
  readonly fill: Uint8Array;
  /** Device pixels. */
  readonly rowHeight: number;
  readonly fontSize: number;
  /** Where row 0 begins; negative when scrolled. */
  readonly top: number;
  /** 1 = rows go down from the root, -1 = up. */
  readonly direction: 1 | -1;
  /** The label of a node in so many characters; '' = none. */
  readonly labelOf: (node: number, chars: number) => string;
  readonly outlines: readonly Outline[];
  /** A dragged range in device pixels: what is outside of it is shaded. */
  readonly band: { readonly from: number; readonly to: number } | undefined;
}

export interface Renderer {
  /** Sizes in CSS pixels; `ratio` device pixels each. */
  resize(width: number, height: number, ratio: number): void;
  setPalette(palette: Palette): void;
  draw(picture: Picture): void;
}
