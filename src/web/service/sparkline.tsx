/** A line without axes, for a row: the shape of the last minutes, from zero to its own peak. */
import type { JSX } from 'preact';
import type { WireSeries } from '../../api/wire.ts';

const WIDTH = 120;
const HEIGHT = 20;

interface SparklineProps {
  readonly series: readonly WireSeries[];
  /** What it shows, for screen readers. */
  readonly name: string;
}

export function Sparkline({ series, name }: SparklineProps): JSX.Element {
  const times = series.flatMap(({ time }) => time);
  const values = series.flatMap(({ value }) => value.filter((v) => v !== null));
  const from = Math.min(...times);
  const span = Math.max(...times) - from;
  const peak = Math.max(...values, 0);
  const paths = span > 0 && peak > 0 ? series.map((one) => pathOf(one, from, span, peak)) : [];
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={name}>
      <title>{name}</title>
      {paths.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}

function pathOf({ time, value }: WireSeries, from: number, span: number, peak: number): string {
  let path = '';
  let pen = 'M';
  time.forEach((at, i) => {
    const v = value[i];
    if (v === null || v === undefined) {
      pen = 'M';
      return;
    }
    const x = ((at - from) / span) * WIDTH;
    const y = HEIGHT - 1 - (v / peak) * (HEIGHT - 2);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}
