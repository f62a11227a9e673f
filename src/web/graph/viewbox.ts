/** The part of a drawing that a window shows: zoom at a point, pan, fit. Pure. */

export interface ViewBox {
  readonly x: number;
  readonly y: number;
  /** Drawing units for each pixel of the window. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 16;
const CLOSEST = 0.2;
const FARTHEST = 40;

/** Everything, in the middle; small graphs are not blown up beyond their own size. */
export function fitted(drawing: Size, window: Size): ViewBox {
  const across = (drawing.width + 2 * MARGIN) / Math.max(1, window.width);
  const down = (drawing.height + 2 * MARGIN) / Math.max(1, window.height);
  const scale = Math.max(across, down, 0.75);
  return {
    x: (drawing.width - window.width * scale) / 2,
    y: (drawing.height - window.height * scale) / 2,
    scale,
  };
}

/** `at` is a point of the window in pixels, which stays where it is; `factor` above 1 goes closer. */
export function zoomed(
  box: ViewBox,
  at: { readonly x: number; readonly y: number },
  factor: number,
): ViewBox {
  const scale = Math.min(FARTHEST, Math.max(CLOSEST, box.scale / factor));
  const change = box.scale - scale;
  return { x: box.x + at.x * change, y: box.y + at.y * change, scale };
}

/** Moves the drawing by pixels of the window. */
export function panned(box: ViewBox, dx: number, dy: number): ViewBox {
  return { ...box, x: box.x - dx * box.scale, y: box.y - dy * box.scale };
}

/** Brings a point of the drawing into the middle. */
export function centred(
  box: ViewBox,
  at: { readonly x: number; readonly y: number },
  window: Size,
): ViewBox {
  return {
    ...box,
    x: at.x - (window.width * box.scale) / 2,
    y: at.y - (window.height * box.scale) / 2,
  };
}
