import { describe, expect, test } from 'vitest';
import { strokeText } from './strokefont.ts';
import { interactiveSvg } from './svg.ts';

const GRAPH = `<svg width="10pt" height="20pt"
 viewBox="0.00 0.00 10.00 20.00" xmlns="http://www.w3.org/2000/svg">
<g id="graph0" class="graph"><text x="4" y="9" font-size="8.00">a&;b</text></g>
</svg>
`;

describe("Graphviz's SVG for a browser", () => {
  test('fills the window and has a part that moves', () => {
    const svg = interactiveSvg(GRAPH);
    expect(svg).toMatch(/^<svg width="100%" height="100%" xmlns=/);
    expect(svg).toContain(
      ']]></script><g id="viewport" transform="scale(0.5,0.5) translate(0,0)"><g id="graph0"',
    );
    expect(svg).toContain('</g></svg>');
    expect(svg).toContain('a&amp;;b');
  });
});

describe('text drawn as lines', () => {
  const draw = (content: string, anchor = 'start') =>
    strokeText(`<text text-anchor="${anchor}" x="10" y="20" font-size="10">${content}</text>`);

  test('stands on its baseline, at its anchor', () => {
    expect(draw('L')).toContain('d="M10 13.4L10 20L13.32 20"');
    expect(draw('L', 'middle')).toContain('d="M8.34 13.4L8.34 20L11.66 20"');
  });

  test('knows entities; what it has no letters for is a box', () => {
    expect(draw('&lt;')).toBe(draw('&#60;'));
    expect(draw('é')).toContain('M10 14.5');
    expect(draw('  ')).toContain('d=""');
  });
});
