/**
 * Text of an SVG drawn as lines, for machines without any font: a rasterizer would leave it out.
 *
 * Not a typeface: capitals and digits of plotters, legible at the sizes of a graph, ASCII only (other
 * characters are boxes). Reads the `<text>` elements that Graphviz writes: plain content, start or middle
 * anchor.
 */

/**
 * Strokes on a grid: x 0–4, y 0 (top of capitals) to 6 (baseline) and 8 (descent). Points are `xy`,
 * lines are separated by `|`.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '06 20 46|14 34',
  B: '06 00 30 41 42 33 03|33 44 45 36 06',
  C: '41 30 10 01 05 16 36 45',
  D: '00 06 26 44 42 20 00',
  E: '40 00 06 46|03 33',
  F: '40 00 06|03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06|40 46|03 43',
  I: '00 20|10 16|06 26',
  J: '40 45 36 16 05',
  K: '00 06|40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  Q: '10 30 41 45 36 16 05 01 10|24 46',
  R: '06 00 30 41 42 33 03|23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40|20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 23 36 40',
  X: '00 46|40 06',
  Y: '00 23 40|23 26',
  Z: '00 40 06 46',
  a: '12 32 43 46 16 05 14 44',
  b: '00 06 36 45 43 32 02',
  c: '42 12 03 05 16 46',
  d: '40 46 16 05 03 12 42',
  e: '04 44 43 32 12 03 05 16 46',
  f: '30 20 11 16|02 22',
  g: '42 12 03 05 16 46|42 47 38 18',
  h: '00 06|02 32 43 46',
  i: '00 01|02 06',
  j: '20 21|22 27 18 08',
  k: '00 06|32 04 36',
  l: '00 05 16',
  m: '06 02 12 23 26|23 32 43 46',
  n: '06 02|03 12 32 43 46',
  o: '12 32 43 45 36 16 05 03 12',
  p: '08 02 32 43 45 36 06',
  q: '48 42 12 03 05 16 46',
  r: '06 02|04 22 32',
  s: '42 12 03 34 45 36 06',
  t: '10 15 26|02 22',
  u: '02 05 16 46|42 46',
  v: '02 26 42',
  w: '02 16 24 36 42',
  x: '02 46|42 06',
  y: '02 26|42 08',
  z: '02 42 06 46',
  '0': '10 30 41 45 36 16 05 01 10|14 32',
  '1': '01 10 16|06 26',
  '2': '01 10 30 41 42 06 46',
  '3': '00 40 23 33 44 45 36 16 05',
  '4': '36 30 04 44',
  '5': '40 00 02 32 43 45 36 06',
  '6': '40 20 02 05 16 36 45 44 33 03',
  '7': '00 40 16',
  '8': '10 30 41 42 33 13 02 01 10|13 04 05 16 36 45 44 33',
  '9': '06 26 44 41 30 10 01 02 13 43',
  ' ': '|10',
  '.': '05 06',
  ',': '15 16 07',
  ':': '02 03|05 06',
  ';': '12 13|15 16 07',
  '!': '00 04|05 06',
  '"': '00 01|20 21',
  '#': '10 16|30 36|02 42|04 44',
  $: '41 30 10 01 02 13 33 44 45 36 16 05|20 26',
  '%': '00 10 11 01 00|40 06|35 45 46 36 35',
  '&': '46 02 01 10 20 31 05 16 26 44',
  "'": '00 01',
  '(': '20 11 15 26',
  ')': '00 11 15 06',
  '*': '21 25|02 44|42 04',
  '+': '22 26|04 44',
  '-': '04 34',
  _: '07 47',
  '/': '06 30',
  '\\': '00 36',
  '<': '41 04 46',
  '>': '01 44 06',
  '=': '03 43|05 45',
  '?': '01 10 30 41 23 24|25 26',
  '@': '34 24 23 32 34 44 42 31 11 02 05 16 46',
  '[': '20 00 06 26',
  ']': '00 20 26 06',
  '^': '02 20 42',
  '`': '00 11',
  '{': '20 10 12 03 14 16 26',
  '|': '00 07',
  '}': '00 10 12 23 14 16 06',
  '~': '04 13 34 43',
  '·': '03 04',
};

const BOX = '01 41 46 06 01';

/** In units of the grid. */
const SPACING = 1.7;
const BASELINE = 6;

/** Parts of the font size that a unit is wide and high; a line of text is then as wide as in Times. */
const WIDTH = 0.083;
const HEIGHT = 0.11;

/** The SVG with every `<text>` turned into a path. */
export function strokeText(svg: string): string {
  return svg.replace(
    /<text\b([^>]*)>([^<]*)<\/text>/g,
    (_, attributes: string, content: string) => {
      const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
      const size = Number(value('font-size') ?? 14);
      const path = strokes(
        unescapeXml(content),
        Number(value('x') ?? 0),
        Number(value('y') ?? 0),
        size,
        value('text-anchor') === 'middle',
      );
      const colour = value('fill') ?? 'black';
      return (
        `<path fill="none" stroke="${colour}" stroke-width="${round(size * 0.07)}" ` +
        `stroke-linecap="round" stroke-linejoin="round" d="${path}"/>`
      );
    },
  );
}

function strokes(text: string, x: number, y: number, size: number, centred: boolean): string {
  const glyphs = Array.from(text, (char) => GLYPHS[char] ?? BOX);
  const widths = glyphs.map(widthOf);
  const width = widths.reduce((sum, w) => sum + w + SPACING, -SPACING);
  let pen = centred ? (-width * WIDTH * size) / 2 : 0;
  let path = '';
  glyphs.forEach((glyph, i) => {
    for (const line of glyph.split('|')) {
      if (!line.includes(' ')) continue;
      const points = line.split(' ').map((point) => {
        const dx = pen + Number(point[0]) * WIDTH * size;
        const dy = (Number(point[1]) - BASELINE) * HEIGHT * size;
        return `${round(x + dx)} ${round(y + dy)}`;
      });
      path += `M${points.join('L')}`;
    }
    pen += ((widths[i] ?? 0) + SPACING) * WIDTH * size;
  });
  return path;
}

function widthOf(glyph: string): number {
  return Math.max(...Array.from(glyph.matchAll(/(\d)\d/g), ([, x]) => Number(x)));
}

const round = (value: number): string => String(Math.round(value * 100) / 100);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (code === 0xa0) return ' ';
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
