/**
 * Graphviz's SVG made fit for a browser: the whole window, moved by dragging, zoomed by the wheel.
 *
 * The document has the shape that Go 1.26's pprof gives it (massageSVG in internal/driver/svg.go); the
 * script is our own and takes touch as well. It works on the element `viewport` alone, so that a page
 * that embeds the SVG without scripts shows the graph all the same.
 */

/** What dragging and the wheel do, as a script inside the SVG. */
const PAN_AND_ZOOM = `
'use strict';
(() => {
  const svg = document.documentElement;
  // The script stands before what it moves.
  const viewport = () => document.getElementById('viewport');
  const pointers = new Map();
  const place = (event) => {
    const point = svg.createSVGPoint();
    point.x = event.clientX;
    point.y = event.clientY;
    return point;
  };
  const matrix = () => {
    const list = viewport().transform.baseVal;
    const all = list.consolidate();
    return all ? all.matrix : svg.createSVGMatrix();
  };
  const set = ({ a, b, c, d, e, f }) => {
    viewport().setAttribute('transform', 'matrix(' + [a, b, c, d, e, f].join(',') + ')');
  };
  // Keeps the place under the pointer where it is.
  const zoom = (at, factor) => {
    const now = matrix();
    const p = at.matrixTransform(now.inverse());
    set(now.translate(p.x, p.y).scale(factor).translate(-p.x, -p.y));
  };
  const move = (dx, dy) => {
    set(svg.createSVGMatrix().translate(dx, dy).multiply(matrix()));
  };
  svg.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * [1, 33, 800][event.deltaMode];
    zoom(place(event), Math.pow(1.2, -pixels / 300));
  }, { passive: false });
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
  });
  svg.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId);
    if (other) {
      const q = other[1];
      const distance = (p) => Math.hypot(p.x - q.x, p.y - q.y) || 1;
      zoom(q, distance(now) / distance(before));
    } else {
      move(now.x - before.x, now.y - before.y);
    }
    pointers.set(event.pointerId, now);
  });
  const release = (event) => pointers.delete(event.pointerId);
  svg.addEventListener('pointerup', release);
  svg.addEventListener('pointercancel', release);
  svg.style.touchAction = 'none';
})();
`;

/** The SVG that Graphviz made of a graph, with panning and zooming. */
export function interactiveSvg(svg: string): string {
  return svg
    .replaceAll('&;', '&amp;;')
    .replace(
      /<svg\s*width="[^"]+"\s*height="[^"]+"\s*viewBox="[^"]+"/,
      '<svg width="100%" height="100%"',
    )
    .replace(
      /<g id="graph\d"/,
      (group) =>
        `<script type="text/ecmascript"><![CDATA[${PAN_AND_ZOOM}]]></script>` +
        `<g id="viewport" transform="scale(0.5,0.5) translate(0,0)">${group}`,
    )
    .replace('</svg>', '</g></svg>');
}
