/**
 * Graphviz's SVG as elements of the page, in the page's colours.
 *
 * Graphviz says where everything is; what it coloured is taken off, and nodes get the classes that
 * the style sheet colours: by origin, and by sign in a comparison. Text of the profile reaches the
 * document only through an XML parser and as text: of Graphviz's output, only shapes are taken over.
 */
import type { WireCallGraph } from '../../api/pprofpage.ts';
import { originOf } from '../flame/origin.ts';
import { percentText, valueText } from '../profile/numbers.ts';

const ELEMENTS = new Set(['g', 'path', 'polygon', 'polyline', 'ellipse', 'text', 'title', 'a']);
const ATTRIBUTES = new Set([
  'id',
  'class',
  'd',
  'points',
  'cx',
  'cy',
  'rx',
  'ry',
  'x',
  'y',
  'transform',
  'text-anchor',
  'font-size',
  'stroke-width',
  'stroke-dasharray',
]);
const SVG = 'http://www.w3.org/2000/svg';

export interface GraphPicture {
  /** The drawing without its <svg>, in its own coordinates. */
  readonly root: SVGElement;
  /** Size in points. */
  readonly width: number;
  readonly height: number;
  /** The group of each node of the graph. */
  readonly nodes: readonly (SVGElement | undefined)[];
}

export function pictureOf(svg: string, graph: WireCallGraph): GraphPicture {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const [, , width = 0, height = 0] = (parsed.getAttribute('viewBox') ?? '')
    .split(/\s+/)
    .map(Number);
  const root = copied(parsed.querySelector('g') ?? parsed);
  // The white ground that Graphviz lays under everything.
  root.querySelector(':scope > polygon')?.remove();
  const nodes = graph.nodes.map((node, index) => {
    const group = root.querySelector(`#node${index + 1}`);
    if (!(group instanceof SVGElement)) return undefined;
    dress(group, node, graph);
    return group;
  });
  return { root, width, height, nodes };
}

/** Known shapes and attributes only. */
function copied(element: Element): SVGElement {
  const copy = document.createElementNS(SVG, element.localName === 'a' ? 'g' : element.localName);
  for (const { name, value } of element.attributes) {
    if (ATTRIBUTES.has(name)) copy.setAttribute(name, value);
    // Graphviz's tooltips come as links without a target.
    if (name === 'xlink:title') copy.append(titled(value));
  }
  for (const child of element.childNodes) {
    if (child instanceof Element) {
      const isEmptyTitle = child.localName === 'title';
      if (ELEMENTS.has(child.localName) && !isEmptyTitle) copy.append(copied(child));
    } else if (child.nodeType === Node.TEXT_NODE && element.localName === 'text') {
      copy.append(child.textContent ?? '');
    }
  }
  return copy;
}

function titled(text: string): SVGElement {
  const title = document.createElementNS(SVG, 'title');
  title.textContent = text;
  return title;
}

function dress(
  group: SVGElement,
  node: WireCallGraph['nodes'][number],
  { total, unit }: WireCallGraph,
): void {
  const share = total === 0 ? 0 : Math.min(1, Math.abs(node.cum / total));
  group.classList.add('graph-node', `graph-node--${originOf(node.functionName, '')}`);
  if (node.cum < 0) group.classList.add('graph-node--less');
  group.style.setProperty('--share', share.toFixed(3));
  group.setAttribute('tabindex', '-1');
  group.setAttribute('role', 'button');
  const figures = `total ${valueText(node.cum, unit)}, ${percentText(node.cum, total)}; self ${valueText(node.flat, unit)}`;
  group.setAttribute('aria-label', `${node.name}: ${figures}`);
  group.querySelector('title')?.remove();
  group.prepend(titled(`${node.name}\n${figures}`));
}
