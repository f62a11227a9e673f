/** One chart of the dashboard: its name and scale, its drawing, and every value at the cursor. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { quantityText } from '../../api/metricstory.ts';
import type { TimeScale } from '../service/axis/scale.ts';
import type { ServiceModel } from '../service/model.ts';
import type { ChartColors } from './colors.ts';
import { type Drawable, type DrawableDashboard, readingsOf, type When } from './drawable.ts';
import { bandsOf } from './heatscale.ts';
import { paintHeat } from './paintheat.ts';
import { paintPanel, topOfPanel } from './paintpanel.ts';

const LINE_PIXELS = 15;
const LEAST_PIXELS = 62;
const HEAT_PIXELS = 104;

export interface ChartRowProps {
  readonly model: ServiceModel;
  readonly board: DrawableDashboard;
  readonly chart: Drawable;
  readonly scale: TimeScale;
  readonly colors: ChartColors | undefined;
}

export function ChartRow({ model, board, chart, scale, colors }: ChartRowProps): JSX.Element {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (ref.current === null || colors === undefined || scale.width === 0) return;
    if (chart.form === 'heat') {
      if (chart.map !== undefined) paintHeat(ref.current, chart.map, scale, colors.heat, chart.p99);
    } else paintPanel(ref.current, board, chart, scale, colors.panel);
  }, [board, chart, scale, colors]);
  const height = heightOf(chart);
  return (
    <div class="metrics-chart" data-chart={chart.id} style={{ minHeight: `${height}px` }}>
      <ChartName chart={chart} height={height} />
      {chart.missing === '' ? (
        <div class="metrics-drawing" style={{ height: `${height}px` }} aria-hidden="true">
          <canvas ref={ref} />
        </div>
      ) : (
        <p class="track-missing" title={chart.missing}>
          {chart.missing}
        </p>
      )}
      {chart.missing === '' ? (
        <Readings model={model} board={board} chart={chart} colors={colors} />
      ) : (
        <span class="dim metrics-unmeasured">not measured</span>
      )}
    </div>
  );
}

function heightOf(chart: Drawable): number {
  if (chart.missing !== '') return 2 * LINE_PIXELS;
  if (chart.form === 'heat') return HEAT_PIXELS;
  const lines = chart.layers.length + (chart.kind === 'stack' && chart.layers.length > 1 ? 1 : 0);
  return Math.max(LEAST_PIXELS, lines * LINE_PIXELS + 4);
}

function ChartName({ chart, height }: { chart: Drawable; height: number }): JSX.Element {
  const [top, bottom] = edgesOf(chart, height);
  return (
    <div class="metrics-name" title={chart.about}>
      <span>{chart.title}</span>
      {chart.form === 'panel' &&
        chart.limits.map(({ title, value }) => (
          <span key={title} class="metrics-limit dim">
            {title} {quantityText(value, chart.unit)}
          </span>
        ))}
      {chart.missing === '' && (
        <>
          <span class="metrics-top num">{top}</span>
          <span class="metrics-bottom num">{bottom}</span>
        </>
      )}
    </div>
  );
}

/** The values at the top and at the bottom of the drawing. */
function edgesOf(chart: Drawable, height: number): readonly [string, string] {
  if (chart.form === 'panel') return [quantityText(topOfPanel(chart), chart.unit), '0'];
  if (chart.map === undefined) return ['', ''];
  const { low, high } = bandsOf(chart.map, height);
  return [quantityText(high, chart.unit), quantityText(low, chart.unit)];
}

interface ReadingsProps {
  readonly model: ServiceModel;
  readonly board: DrawableDashboard;
  readonly chart: Drawable;
  readonly colors: ChartColors | undefined;
}

/** Apart from the drawing, so that a moving cursor repaints only text. */
function Readings({ model, board, chart, colors }: ReadingsProps): JSX.Element {
  const rows = readingsOf(board, chart, whenOf(model));
  const swatches = chart.form === 'panel' && chart.layers.length > 1;
  const indexOf = (id: string): number =>
    chart.form === 'panel' ? chart.layers.findIndex((layer) => layer.id === id) : -1;
  return (
    <dl class="metrics-readings num">
      {rows.map(({ id, title, text }) => {
        const index = indexOf(id);
        const color = swatches && index >= 0 ? colors?.panel.colorOf(id, index) : undefined;
        return (
          <div key={id} data-layer={id}>
            <dt>
              <i style={color === undefined ? {} : { background: color }} />
              {title}
            </dt>
            <dd>{text}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** The cursor before the selection before the newest values. */
export function whenOf(model: ServiceModel): When {
  const at = model.cursor.value;
  if (at !== undefined) return { at };
  const { selection } = model.ranges.value;
  return selection === undefined ? 'newest' : { range: selection };
}
