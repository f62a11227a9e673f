/**
 * The metrics dashboard: the story of a service's metrics, chart under chart on one time axis.
 *
 * It stands where the five tracks stand otherwise, with the same columns, ranges and cursor; a click
 * or a drag selects the range that the profile below is of. See ../service/axis/overlay.tsx for what
 * the pointer does.
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { lastOf } from '../app/loaded.ts';
import { Overlay } from '../service/axis/overlay.tsx';
import type { TimeScale } from '../service/axis/scale.ts';
import { TickRow, useStable, useWidth } from '../service/axis/timeaxis.tsx';
import { formatClock } from '../service/figures.ts';
import type { ServiceModel } from '../service/model.ts';
import { ChartRow } from './chartrow.tsx';
import { useChartColors } from './colors.ts';
import { type DrawableDashboard, readingsOf } from './drawable.ts';
import { MetricsTable } from './metricstable.tsx';
import { MetricsModel } from './model.ts';

interface MetricsViewProps {
  readonly model: ServiceModel;
  readonly axisRef: { current: HTMLElement | null };
}

export function MetricsView({ model, axisRef }: MetricsViewProps): JSX.Element {
  const metrics = useMemo(() => new MetricsModel(model), [model]);
  useEffect(() => metrics.start(), [metrics]);
  const board = metrics.board.value;
  const answer = metrics.question.answer.value;
  const failed =
    answer.state === 'failed' && lastOf(answer) === undefined ? answer.error : undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; this groups charts
    <section
      class="metrics"
      ref={(element: HTMLElement | null) => {
        axisRef.current = element;
      }}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the axis work on its focus
      tabIndex={0}
      aria-label="Metrics over time. Arrow keys move the cursor, brackets set the range; t shows a table"
      aria-busy={answer.state === 'loading'}
      onBlur={() => {
        model.cursor.value = undefined;
        model.spoken.value = undefined;
      }}
    >
      {failed !== undefined && (
        <p class="metrics-note">
          {failed.message}. {failed.next}
        </p>
      )}
      {board !== undefined &&
        (model.asTable.value ? (
          <MetricsTable model={model} board={board} />
        ) : (
          <Board metrics={metrics} board={board} section={axisRef} />
        ))}
    </section>
  );
}

interface BoardProps {
  readonly metrics: MetricsModel;
  readonly board: DrawableDashboard;
  readonly section: { readonly current: HTMLElement | null };
}

function Board({ metrics, board, section }: BoardProps): JSX.Element {
  const model = metrics.service;
  const column = useRef<HTMLDivElement>(null);
  const width = useWidth(column);
  const colors = useChartColors(section);
  const { from, to } = model.window.value;
  const scale: TimeScale = useStable({ from, to, width });
  useLayoutEffect(() => {
    // What the keyboard reads next are the dashboard's own moments.
    model.stopAt(board.time);
  }, [model, board]);
  return (
    <div class="axis metrics-axis">
      {board.sections.map(({ id, title, sentence, charts }) => (
        <div class="metrics-section" key={id} data-section={id}>
          <h2>
            {title}
            <span>{sentence}</span>
          </h2>
          {charts.map((chart) => (
            <ChartRow
              key={chart.id}
              model={model}
              board={board}
              chart={chart}
              scale={scale}
              colors={colors}
            />
          ))}
        </div>
      ))}
      <Lacking board={board} />
      <div class="metrics-ticks">
        <TickRow model={model} scale={scale} />
      </div>
      <div class="axis-column" ref={column}>
        <Overlay model={model} scale={scale} hovered={undefined} clicked={metrics.clicked} />
      </div>
      <Spoken model={model} board={board} />
    </div>
  );
}

/** What the source does not tell, and what would. */
function Lacking({ board }: { readonly board: DrawableDashboard }): JSX.Element | null {
  const { lacking, processes } = board;
  if (processes > 1) {
    const text = `${processes} processes, added up. Choose one target in the bar for its story.`;
    return <p class="metrics-note">{text}</p>;
  }
  if (processes === 0) {
    return <p class="metrics-note">No runtime metrics were read in this range.</p>;
  }
  if (lacking.length === 0) return null;
  return (
    <div class="metrics-note">
      <b>Not told by this source</b>
      {lacking.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

/** Reads the charts to a screen reader where the keyboard's cursor is. */
function Spoken({ model, board }: { model: ServiceModel; board: DrawableDashboard }): JSX.Element {
  const at = model.spoken.value;
  if (at === undefined) return <div class="unseen" aria-live="polite" />;
  const values = board.sections
    .flatMap(({ charts }) => charts)
    .filter(({ missing }) => missing === '')
    .map((chart) => {
      const [first] = readingsOf(board, chart, { at });
      return `${chart.title} ${first?.title ?? ''} ${first?.text ?? '–'}`;
    });
  return (
    <div class="unseen" aria-live="polite">
      {`${formatClock(at)}: ${values.join(', ')}`}
    </div>
  );
}
