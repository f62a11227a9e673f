import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ORIGINS } from './colors.ts';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** The hex colours of a token: one, or one for each theme. */
function token(name: string): readonly string[] {
  const value = new RegExp(`--${name}:([^;]+);`).exec(css)?.[1] ?? '';
  const colors = value.match(/#[\da-f]{6}/gi) ?? [];
  if (colors.length === 0) throw new Error(`no colour in --${name}`);
  return colors;
}

/** A token that mixes two colours in sRGB: `color-mix(in srgb, #f0bd55 94%, #15161a)`. */
function mixed(name: string): string {
  const share = Number(new RegExp(`--${name}:[^;]*?(\\d+)%`).exec(css)?.[1]) / 100;
  const [a = '', b = ''] = token(name);
  const channel = (at: number) => {
    const [x, y] = [a, b].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16));
    const value = Math.round((x ?? 0) * share + (y ?? 0) * (1 - share));
    return value.toString(16).padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

type Triple = readonly [number, number, number];

function linear(hex: string): Triple {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [red, green, blue] = linear(hex);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** Full-strength deficiencies (Machado, Oliveira, Fernandes 2009), on linear RGB. */
const SIGHT: Readonly<Record<string, readonly Triple[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const apply = (matrix: readonly Triple[], [x, y, z]: Triple): Triple => {
  const row = (at: number) => {
    const [a, b, c] = matrix[at] ?? [0, 0, 0];
    return Math.max(0, a * x + b * y + c * z);
  };
  return [row(0), row(1), row(2)];
};

/** Distance in OKLab (Ottosson 2020): 0.02 is just noticeable. */
function distance(a: Triple, b: Triple): number {
  const lab = (color: Triple): Triple => {
    const lms = apply(
      [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ],
      color,
    ).map(Math.cbrt);
    const [l = 0, m = 0, s = 0] = lms;
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

describe('frame colours', () => {
  const colors = ORIGINS.map((origin) => [origin, token(`frame-${origin}`)[0] ?? ''] as const);

  test('carry their text at AA, whatever the origin and shade', () => {
    const [text = ''] = token('frame-text');
    for (const [origin, color] of colors) {
      expect(contrast(color, text), origin).toBeGreaterThan(4.5);
      for (const shade of [2, 3]) {
        expect(contrast(mixed(`frame-${origin}-${shade}`), text), origin).toBeGreaterThan(4.5);
      }
    }
  });

  test.each(Object.keys(SIGHT))('stay apart with %s', (sight) => {
    const matrix = SIGHT[sight] ?? [];
    for (const [first, a] of colors) {
      for (const [second, b] of colors) {
        if (first >= second) continue;
        const apart = distance(apply(matrix, linear(a)), apply(matrix, linear(b)));
        expect(apart, `${first} and ${second}`).toBeGreaterThan(0.075);
      }
    }
  });
});

describe('text', () => {
  const backgrounds = ['bg', 'bg-bar', 'bg-hover', 'bg-float'];

  test.each(['text', 'text-dim', 'accent', 'finding', 'diff-less-text', 'diff-more-text', 'ok'])(
    '--%s is AA on the page in both themes',
    (name) => {
      for (const background of backgrounds) {
        for (const theme of [0, 1]) {
          const ratio = contrast(token(name)[theme] ?? '', token(background)[theme] ?? '');
          expect(ratio, `${background}, theme ${theme}`).toBeGreaterThan(4.5);
        }
      }
    },
  );
});
