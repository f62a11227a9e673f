/**
 * The colours of charts, by what a layer means: own code, the kernel and GC have those of the frames.
 *
 * Values are read from the tokens; a theme change is a re-read. Layers of a stack are told apart by
 * their order and their edges too.
 */
import { useEffect, useState } from 'preact/hooks';
import { onThemeChange, readToken } from '../theme/colors.ts';
import type { HeatColors } from './paintheat.ts';
import type { PanelColors } from './paintpanel.ts';

export interface ChartColors {
  readonly heat: HeatColors;
  readonly panel: PanelColors;
}

const LINES = ['--chart', '--chart-2', '--chart-3'] as const;
const RAMP = ['--heat-1', '--heat-2', '--heat-3', '--heat-4'] as const;
const AREAS: Readonly<Record<string, `--${string}`>> = {
  // CPU
  user: '--frame-own',
  system: '--frame-system',
  assist: '--frame-gc-3',
  mark: '--frame-gc',
  pause: '--frame-gc-2',
  scavenge: '--frame-system',
  'gc-idle': '--frame-runtime',
  idle: '--frame-dim',
  // Memory
  objects: '--frame-own',
  unused: '--frame-dependency',
  free: '--frame-stdlib',
  stacks: '--frame-system',
  metadata: '--frame-runtime',
  other: '--frame-merged',
  outside: '--frame-gc',
  rss: '--text',
  // Goroutines
  running: '--frame-own',
  runnable: '--frame-gc',
  'not-in-go': '--frame-system',
  waiting: '--frame-stdlib',
};

export function chartColorsOf(element: Element): ChartColors {
  const read = (token: `--${string}`): string => readToken(element, token);
  const lines = LINES.map(read);
  const areas = new Map(Object.entries(AREAS).map(([id, token]) => [id, read(token)]));
  const hatch = read('--line-strong');
  const grid = read('--chart-grid');
  return {
    heat: { ramp: RAMP.map(read), grid, line: read('--chart-2'), hatch },
    panel: {
      grid,
      limit: read('--text-dim'),
      hatch,
      edge: read('--bg'),
      colorOf: (layer, index) => areas.get(layer) ?? lines[index % lines.length] ?? hatch,
    },
  };
}

export function useChartColors(ref: {
  readonly current: HTMLElement | null;
}): ChartColors | undefined {
  const [colors, setColors] = useState<ChartColors>();
  useEffect(() => {
    const read = (): void => {
      if (ref.current !== null) setColors(chartColorsOf(ref.current));
    };
    read();
    return onThemeChange(read);
  }, [ref]);
  return colors;
}
