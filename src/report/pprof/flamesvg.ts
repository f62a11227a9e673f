/**
 * A flame graph as one SVG that opens anywhere: root at the top, light or dark as the viewer is, names and
 * values as titles. In a browser a click zooms in, and the root row out again.
 *
 * Colours are the page's: origins of code, or the change where there is a base. What is less than a third
 * of a pixel wide is left out. Cost: that of folding; some 200 bytes for each of at most 5,000 frames.
 */
import { formatPercentage, formatScaled } from '../../base/units.ts';
import type { CallTree } from '../../profile/calltree.ts';
import { type FrameOrigin, frameOrigin } from '../origin.ts';
import { type FlameTree, flameTree, foldFlame } from './flametree.ts';
import { profileLabels, type Report } from './report.ts';

const WIDTH = 1200;
const MARGIN = 12;
const INNER = WIDTH - 2 * MARGIN;
const ROW = 18;
/** Of a monospaced letter at the labels' size. */
const LETTER = 6.65;
const MIN_WIDTH = 1 / 3;

/** Fills and their names in the legend; origins that share one are joined. */
const ORIGINS: Readonly<Record<FrameOrigin, readonly [fill: string, name: string]>> = {
  own: ['own', 'your code'],
  dependency: ['dependency', 'dependencies'],
  stdlib: ['stdlib', 'standard library'],
  runtime: ['runtime', 'runtime'],
  gc: ['gc', 'garbage collector'],
  syscall: ['system', 'system and C'],
  cgo: ['system', 'system and C'],
};

const CHANGES = [
  ['less-strong', 'much less'],
  ['less', 'less'],
  ['same', 'the same'],
  ['more', 'more'],
  ['more-strong', 'much more'],
] as const;

const STYLE = `
svg{background:#fff}text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}
.bg{fill:#fff}.ink{fill:#17191d}.dim{fill:#5a5e66}
.title{font:600 15px system-ui,"Segoe UI","Liberation Sans",sans-serif}
.note{font:12px system-ui,"Segoe UI","Liberation Sans",sans-serif}
.f rect{stroke:#fff;stroke-width:.6}.f text{fill:#15161a;pointer-events:none}
.f:hover rect{stroke:#17191d;stroke-width:1.4}.z rect{opacity:.45}
.root{fill:#e4e6ea}.own{fill:#f0bd55}.dependency{fill:#73a9de}.stdlib{fill:#bcdcf2}
.runtime{fill:#b9b9ae}.gc{fill:#e2785f}.system{fill:#937cd4}
.less-strong{fill:#3f86d6}.less{fill:#a9cdf0}.same{fill:#dededa}.more{fill:#f6c08a}
.more-strong{fill:#e8832e}
@media(prefers-color-scheme:dark){svg{background:#14161a}.bg{fill:#14161a}.ink{fill:#e6e7ea}.dim{fill:#a0a5af}
.f rect{stroke:#14161a}.f:hover rect{stroke:#fff}.root{fill:#2d323b}.f.r text,.f.z text{fill:#e6e7ea}}
`;

/** Zooming; works on what is drawn, so that the picture is whole without it. */
const SCRIPT = `
'use strict';
(() => {
  const frames = [...document.querySelectorAll('.f')].map((g) => {
    const rect = g.querySelector('rect');
    const number = (name) => Number(rect.getAttribute(name));
    const name = g.querySelector('title').textContent.split('\\n')[0];
    const box = { x: number('x'), y: number('y'), w: number('width') };
    return { g, rect, text: g.querySelector('text'), name, ...box };
  });
  const short = (name) => {
    const stop = name.search(/[([]/);
    return name.slice(name.lastIndexOf('/', stop < 0 ? undefined : stop) + 1);
  };
  const label = (name, width) => {
    const room = Math.floor((width - 6) / ${LETTER});
    const text = name.length <= room ? name : short(name);
    return room < 3 ? '' : text.length <= room ? text : text.slice(0, room - 1) + '…';
  };
  const zoom = (to) => {
    const factor = ${INNER} / to.w;
    for (const frame of frames) {
      const isAbove = frame.y < to.y && frame.x <= to.x + 0.01 && frame.x + frame.w >= to.x + to.w - 0.01;
      const isInside = frame.y >= to.y && frame.x >= to.x - 0.01 && frame.x + frame.w <= to.x + to.w + 0.01;
      const x = isAbove ? ${MARGIN} : ${MARGIN} + (frame.x - to.x) * factor;
      const width = isAbove ? ${INNER} : frame.w * factor;
      frame.g.style.display = isAbove || (isInside && width >= ${MIN_WIDTH}) ? '' : 'none';
      frame.g.classList.toggle('z', isAbove);
      frame.rect.setAttribute('x', x);
      frame.rect.setAttribute('width', width);
      if (!frame.text) {
        frame.text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
        frame.text.setAttribute('y', frame.y + 13);
        frame.g.append(frame.text);
      }
      frame.text.setAttribute('x', x + 3);
      frame.text.textContent = label(frame.name, width);
    }
  };
  for (const frame of frames) frame.g.addEventListener('click', () => zoom(frame));
})();
`;

export function printFlameSvg(report: Report): string {
  const folded = foldFlame(report, false);
  const shown = flameTree(folded, { minShare: MIN_WIDTH / INNER, maxNodes: 5000, zoom: [] });
  const boxes = layOut(shown);
  const fills = boxes.map((box) => fillOf(shown, box.node));
  const notes = headerLines(report, shown);
  const top = 34 + notes.length * 16;
  const rows = boxes.reduce((most, { depth }) => Math.max(most, depth + 1), 1);
  const legendY = top + rows * ROW + 22;
  const height = legendY + 14;
  const title = xmlText(titleOf(report));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
      `width="${WIDTH}" height="${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="bg" width="${WIDTH}" height="${height}"/>`,
    `<text class="ink title" x="${MARGIN}" y="24">${title}</text>`,
    ...notes.map(
      (note, i) =>
        `<text class="dim note" x="${MARGIN}" y="${42 + i * 16}">${xmlText(note)}</text>`,
    ),
    ...boxes.map((box, i) => drawn(report, shown, box, fills[i]?.[0] ?? 'root', top)),
    ...legend(fills, legendY),
    `<script><![CDATA[${SCRIPT}]]></script>`,
    '</svg>\n',
  ].join('\n');
}

/** A rectangle: x and width in pixels. */
interface Box {
  readonly node: number;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
}

/** Children from left to right under their parent, as wide as they weigh. */
function layOut({ tree, base }: FlameTree): Box[] {
  const weight = weights(tree, base?.self, base?.total);
  const scale = INNER / (weight[0] || 1);
  const x = new Float64Array(tree.length);
  /** Where the next child of a node begins. */
  const next = new Float64Array(tree.length);
  const boxes: Box[] = [];
  for (let node = 0; node < tree.length; node++) {
    const parent = tree.parent[node] ?? -1;
    const width = (weight[node] ?? 0) * scale;
    x[node] = parent < 0 ? MARGIN : (next[parent] ?? 0);
    next[node] = x[node] ?? 0;
    if (parent >= 0) next[parent] = (next[parent] ?? 0) + width;
    if (width >= MIN_WIDTH || node === 0) {
      boxes.push({ node, depth: tree.depth[node] ?? 0, x: x[node] ?? 0, width });
    }
  }
  return boxes;
}

/**
 * A node's size: both sides of a comparison together, and never less than its parts, which differences
 * that cancel out would be.
 */
function weights(tree: CallTree, baseSelf?: Float64Array, baseTotal?: Float64Array): Float64Array {
  const size = (column: Float64Array | undefined, node: number) => Math.abs(column?.[node] ?? 0);
  const parts = new Float64Array(tree.length);
  const weight = new Float64Array(tree.length);
  for (let node = tree.length - 1; node >= 0; node--) {
    const own = size(tree.self, node) + size(baseSelf, node);
    const total = size(tree.total, node) + size(baseTotal, node);
    weight[node] = Math.max(total, own + (parts[node] ?? 0));
    const parent = tree.parent[node] ?? -1;
    if (parent >= 0) parts[parent] = (parts[parent] ?? 0) + (weight[node] ?? 0);
  }
  return weight;
}

/** Class and legend of a node. */
function fillOf({ tree, base }: FlameTree, node: number): readonly [string, string] {
  const frame = tree.frame[node] ?? -1;
  if (frame < 0) return ['root', ''];
  const value = tree.total[node] ?? 0;
  if (base !== undefined || value < 0) {
    const before = base?.total[node] ?? 0;
    const change = (value - before) / (Math.max(Math.abs(value), Math.abs(before)) || 1);
    const strength = Math.abs(change) < 0.03 ? 0 : Math.abs(change) < 0.3 ? 1 : 2;
    return CHANGES[2 + Math.sign(change) * strength] ?? CHANGES[2];
  }
  return ORIGINS[frameOrigin(tree.frames.name[frame] ?? '', tree.frames.file[frame] ?? '', [])];
}

function drawn(report: Report, shown: FlameTree, box: Box, fill: string, top: number): string {
  const { tree } = shown;
  const frame = tree.frame[box.node] ?? -1;
  const name = frame < 0 ? 'all' : (tree.frames.name[frame] ?? '');
  const file = frame < 0 ? '' : (tree.frames.file[frame] ?? '');
  const line = tree.frames.line[frame] ?? 0;
  const place = file === '' ? '' : `\n${file}${line === 0 ? '' : `:${line}`}`;
  const inlined = tree.inlined[box.node] === 1 ? ' (inline)' : '';
  const title = `${name}\n${valuesOf(report, shown, box.node)}${inlined}${place}`;
  const y = top + box.depth * ROW;
  const label = labelOf(name, box.width);
  const text =
    label === '' ? '' : `<text x="${round(box.x + 3)}" y="${y + 13}">${xmlText(label)}</text>`;
  const rect = `<rect class="${fill}" x="${round(box.x)}" y="${y}" width="${round(box.width)}" height="${ROW - 1}"/>`;
  const kind = frame < 0 ? 'f r' : 'f';
  return `<g class="${kind}"><title>${xmlText(title)}</title>${rect}${text}</g>`;
}

function valuesOf(report: Report, { tree, base }: FlameTree, node: number): string {
  const value = tree.total[node] ?? 0;
  const format = (of: number) => formatScaled(of, tree.unit, unitOf(report));
  if (base === undefined) {
    return `${format(value)}, ${formatPercentage(value, tree.total[0] ?? 0).trim()}`;
  }
  const before = base.total[node] ?? 0;
  const sign = value > before ? '+' : '';
  return `${format(before)} before, ${format(value)} after, ${sign}${format(value - before)}`;
}

/** 'minimum' is one unit for all rows of a table; a picture has none. */
function unitOf({ options }: Report): string {
  return options.outputUnit === 'minimum' ? 'auto' : options.outputUnit;
}

/** As much of a name as fits: all of it, without its path, the beginning. */
function labelOf(name: string, width: number): string {
  const room = Math.floor((width - 6) / LETTER);
  if (room < 3) return '';
  if (name.length <= room) return name;
  const stop = name.search(/[([]/);
  const short = name.slice(name.lastIndexOf('/', stop < 0 ? undefined : stop) + 1);
  return short.length <= room ? short : `${short.slice(0, room - 1)}…`;
}

function titleOf({ options }: Report): string {
  return `${options.title === '' ? '' : `${options.title}: `}${options.sampleType}`;
}

function headerLines(report: Report, { tree, base }: FlameTree): string[] {
  const skipped = /^(File|Type|Build ID): /;
  const labels = profileLabels({ ...report, outputUnit: unitOf(report) });
  const facts = labels.filter((label) => !skipped.test(label));
  const total = formatScaled(tree.total[0] ?? 0, tree.unit, unitOf(report));
  const before = base && formatScaled(base.total[0] ?? 0, tree.unit, unitOf(report));
  const sum = before === undefined ? `${total} shown` : `${before} before, ${total} after`;
  const { activeFilters } = report.options;
  const lines = [[sum, ...facts].join(' · ')];
  if (activeFilters.length > 0) lines.push(`Filters: ${activeFilters.join(', ')}`);
  return lines.map((line) => (line.length > 190 ? `${line.slice(0, 189)}…` : line));
}

/** What the colours that occur mean. */
function legend(fills: readonly (readonly [string, string])[], y: number): string[] {
  const names = new Map(fills.filter(([, name]) => name !== ''));
  const order = [...Object.values(ORIGINS), ...CHANGES].map(([fill]) => fill);
  let x = MARGIN;
  return [...names]
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([fill, name]) => {
      const at = x;
      x += 30 + name.length * 6.8;
      return (
        `<rect class="${fill}" x="${at}" y="${y - 10}" width="12" height="12"/>` +
        `<text class="dim note" x="${at + 17}" y="${y}">${name}</text>`
      );
    });
}

const round = (value: number): string => String(Math.round(value * 1000) / 1000);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text of an XML document; control characters have no place in one. */
function xmlText(text: string): string {
  return Array.from(text.toWellFormed(), (char) => {
    if (char < ' ' && char !== '\n' && char !== '\t') return '\ufffd';
    return ENTITIES[char] ?? char;
  }).join('');
}
