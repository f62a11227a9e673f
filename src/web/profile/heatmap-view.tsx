/**
 * The heat map as a component: a canvas with a cursor that pointer and keys move, a selection by
 * dragging (or Enter twice), a readout, and the same figures as a table.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { HeatMap } from '../../report/reading/moments.ts';
import { formatValue } from '../service/figures.ts';
import { onThemeChange, readToken } from '../theme/colors.ts';
import {
  cellAt,
  cellsOf,
  HEAT_STEPS,
  type HeatColours,
  paint,
  secondsOf,
  valueBetween,
} from './heatmap.ts';
import { percentText, valueText } from './numbers.ts';
import type { PanelState } from './state.ts';
import { momentText } from './time-tab.tsx';

interface HeatMapProps {
  readonly state: PanelState;
  readonly map: HeatMap;
}

function readColours(element: Element): HeatColours {
  return {
    steps: Array.from({ length: HEAT_STEPS }, (_, step) => readToken(element, `--heat-${step}`)),
    line: readToken(element, '--line'),
    selected: readToken(element, '--frame-select'),
    shade: readToken(element, '--heat-out'),
  };
}

export function HeatMapView({ state, map }: HeatMapProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** The cell under pointer or keys; -1 = none. */
  const cursor = useSignal(-1);
  /** Where dragging, or Enter, began; -1 = nothing is under way. */
  const anchor = useSignal(-1);
  const { within } = state.view.value;
  const chosen = within === undefined ? undefined : cellsOf(map, within);
  const marking: [number, number] | undefined =
    anchor.value < 0
      ? undefined
      : [Math.min(anchor.value, cursor.value), Math.max(anchor.value, cursor.value)];
  const selection = marking ?? chosen;
  const picture = { map, selection, cursor: cursor.value };
  const latest = useRef(picture);
  latest.current = picture;
  const redraw = useRef(() => {});
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return undefined;
    let colours = readColours(element);
    redraw.current = () => {
      paint(context, element.width, element.height, latest.current, colours);
    };
    const observer = new ResizeObserver(() => {
      element.width = Math.round(element.clientWidth * devicePixelRatio);
      element.height = Math.round(element.clientHeight * devicePixelRatio);
      redraw.current();
    });
    observer.observe(element);
    const stop = onThemeChange(() => {
      colours = readColours(element);
      redraw.current();
    });
    return () => {
      observer.disconnect();
      stop();
    };
  }, []);
  useLayoutEffect(() => redraw.current(), [map, selection?.[0], selection?.[1], cursor.value]);
  const place = (event: PointerEvent): number => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return -1;
    return cellAt(
      map,
      (event.clientX - box.left) / box.width,
      (event.clientY - box.top) / box.height,
    );
  };
  const finish = (): void => {
    if (anchor.value < 0 || cursor.value < 0) return;
    const span = secondsOf(map, anchor.value, cursor.value);
    anchor.value = -1;
    state.change({ within: span, zoom: [], range: undefined }, 'push');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { rows } = map;
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rows, ArrowLeft: -rows }[event.key];
    if (step !== undefined) {
      const from = cursor.value < 0 ? 0 : cursor.value + step;
      cursor.value = Math.min(map.cells.length - 1, Math.max(0, from));
    } else if (event.key === 'Enter' && cursor.value >= 0) {
      if (anchor.value < 0) anchor.value = cursor.value;
      else finish();
    } else if (event.key === 'Escape' && anchor.value >= 0) anchor.value = -1;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is an application with keys of its own, not a picture */}
      <canvas
        ref={canvas}
        class="heatmap"
        role="application"
        aria-roledescription="heat map"
        aria-label={`When the samples were taken: columns are ${formatValue(map.column, 'nanoseconds')}, rows offsets within them. Arrow keys move, Enter begins and ends a selection.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          cursor.value = place(event);
          anchor.value = cursor.value;
        }}
        onPointerMove={(event) => {
          cursor.value = place(event);
        }}
        onPointerUp={finish}
        onPointerLeave={() => {
          if (anchor.value < 0) cursor.value = -1;
        }}
      />
      <Readout state={state} map={map} selection={selection} cursor={cursor.value} />
    </>
  );
}

function Readout(
  props: HeatMapProps & {
    readonly selection: readonly [number, number] | undefined;
    readonly cursor: number;
  },
): JSX.Element {
  const { state, map, selection, cursor } = props;
  const total = map.cells.reduce((sum, value) => sum + value, 0);
  const [first, last] = selection ?? [0, map.cells.length - 1];
  const [from, to] = secondsOf(map, first, last);
  const value = valueBetween(map, first, last);
  const under = cursor < 0 ? undefined : secondsOf(map, cursor, cursor);
  return (
    <div class="time-tab__bar">
      <output class="num">
        {selection === undefined ? 'all of it' : 'selected'}: {momentText(map.startMs, from)} –{' '}
        {momentText(map.startMs, Math.min(to, map.length / 1e9))} ·{' '}
        {formatValue(to - from, 'seconds')} · {valueText(value, map.unit)}{' '}
        <span class="dim">{percentText(value, total)}</span>
      </output>
      {state.view.value.within !== undefined && (
        <button type="button" onClick={() => state.change({ within: undefined }, 'push')}>
          Show all
        </button>
      )}
      <span class="spread" />
      {under === undefined && (
        <span class="dim">
          a column is {formatValue(map.column, 'nanoseconds')}, downwards in steps of{' '}
          {formatValue(map.column / map.rows, 'nanoseconds')}; drag to select
        </span>
      )}
      {under !== undefined && (
        <span class="num dim">
          {momentText(map.startMs, under[0])}: {valueText(map.cells[cursor] ?? 0, map.unit)}
        </span>
      )}
      <Columns state={state} map={map} />
    </div>
  );
}

/** The equal table: a row for each column of the map. */
function Columns({ state, map }: HeatMapProps): JSX.Element {
  return (
    <details class="time-tab__table">
      <summary>Table</summary>
      <div>
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              <th scope="col" class="num">
                value
              </th>
              <th scope="col">
                <span class="unseen">select</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: map.columns }, (_, column) => {
              const first = column * map.rows;
              const span = secondsOf(map, first, first + map.rows - 1);
              return (
                <tr key={span[0]}>
                  <td class="num">{momentText(map.startMs, span[0])}</td>
                  <td class="num">
                    {valueText(valueBetween(map, first, first + map.rows - 1), map.unit)}
                  </td>
                  <td>
                    <button
                      type="button"
                      onClick={() =>
                        state.change({ within: span, zoom: [], range: undefined }, 'push')
                      }
                    >
                      select
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
