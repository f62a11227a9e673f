/**
 * The time axis: tracks, marks and ranges on one scale. See overlay.tsx for what the pointer does and
 * ../commands.ts for the keys; here is how it is put together and what screen readers are told.
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { WireFinding } from '../../../api/wire.ts';
import { chartColorsOf } from '../../metrics/colors.ts';
import { onThemeChange, readToken } from '../../theme/colors.ts';
import { formatClock, formatRange } from '../figures.ts';
import { groupMarks, SEVERITY_SIGNS } from '../findings.ts';
import type { ServiceModel } from '../model.ts';
import { Overlay } from './overlay.tsx';
import type { TrackColors } from './paint.ts';
import { type TimeScale, ticks, timeToX } from './scale.ts';
import { TrackRow, TrackValue } from './trackrow.tsx';
import { readoutOf, valueAt } from './tracks.ts';
import { TrackTable } from './tracktable.tsx';

interface TimeAxisProps {
  readonly model: ServiceModel;
  readonly axisRef: { current: HTMLElement | null };
  /** The finding whose row the pointer is on. */
  readonly hovered: WireFinding | undefined;
}

export function TimeAxis({ model, axisRef, hovered }: TimeAxisProps): JSX.Element {
  const column = useRef<HTMLDivElement>(null);
  const width = useWidth(column);
  const colors = useColors(axisRef);
  const { from, to } = model.window.value;
  const scale: TimeScale = useStable({ from, to, width });
  if (model.asTable.value) {
    return (
      <section class="axis" ref={setter(axisRef)}>
        <TrackTable model={model} />
      </section>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; this groups charts
    <section
      class="axis"
      ref={setter(axisRef)}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the axis work on its focus
      tabIndex={0}
      aria-label="Time axis. Arrow keys move the cursor, brackets set the range; t shows a table"
      onBlur={() => {
        model.cursor.value = undefined;
        model.spoken.value = undefined;
      }}
    >
      <div class="axis-name dim">findings</div>
      <FindingMarks model={model} scale={scale} />
      <div class="axis-value" />
      {model.tracks.value.map((track) => (
        <div class="track" key={track.id} data-track={track.id}>
          <TrackRow track={track} scale={scale} colors={colors} />
          <TrackValue model={model} track={track} />
        </div>
      ))}
      <div class="axis-name" />
      <TickRow model={model} scale={scale} />
      <div class="axis-value" />
      <div class="axis-column" ref={column}>
        <Overlay model={model} scale={scale} hovered={hovered} />
      </div>
      <Spoken model={model} />
    </section>
  );
}

function FindingMarks({ model, scale }: { model: ServiceModel; scale: TimeScale }): JSX.Element {
  const opened = model.opened.value;
  const xOf = (time: number): number => timeToX(scale, time);
  return (
    <div class="axis-events">
      {model.marks.value.map((mark) => (
        <span
          key={`${mark.kind}${mark.at}`}
          class="axis-event dim"
          style={{ left: `${xOf(mark.at)}px` }}
          title={`${mark.text} (${formatClock(mark.at)})`}
        >
          {mark.kind}
        </span>
      ))}
      {groupMarks(model.findings.value, xOf, scale.width, 18).map(({ x, findings }) => {
        const [first] = findings;
        return (
          <button
            key={x}
            type="button"
            class={`axis-finding axis-finding-${first.severity}`}
            style={{ left: `${x}px` }}
            aria-pressed={opened !== undefined && findings.includes(opened)}
            title={findings.map((f) => `${f.severity}: ${f.title}`).join('\n')}
            onClick={() => model.show(first)}
          >
            {SEVERITY_SIGNS[first.severity]}
            {findings.length > 1 && <sub>{findings.length}</sub>}
          </button>
        );
      })}
    </div>
  );
}

export function TickRow({ model, scale }: { model: ServiceModel; scale: TimeScale }): JSX.Element {
  const cursor = model.cursor.value;
  return (
    <div class="axis-ticks num" aria-hidden="true">
      {ticks(scale).map(({ time, text }) => (
        <span key={time} style={{ left: `${timeToX(scale, time)}px` }}>
          {text}
        </span>
      ))}
      {cursor !== undefined && (
        <span class="axis-cursor-time" style={{ left: `${timeToX(scale, cursor)}px` }}>
          {formatClock(cursor)}
        </span>
      )}
    </div>
  );
}

/** Reads the axis to a screen reader: the values under the keyboard's cursor, and new ranges. */
function Spoken({ model }: { model: ServiceModel }): JSX.Element {
  const cursor = model.spoken.value;
  const { selection, base } = model.view.value;
  const now = model.window.value.to;
  const ranges = [
    selection === undefined ? '' : `Selected ${formatRange(selection, now)}`,
    base === undefined ? '' : `compared with ${formatRange(base, now)}`,
  ].filter((text) => text !== '');
  const values =
    cursor === undefined
      ? ''
      : `${formatClock(cursor)}: ${model.tracks.value
          .filter((track) => track.missing === undefined)
          .map((track) => `${track.title} ${readoutOf(track, valueAt(track, cursor))}`)
          .join(', ')}`;
  return (
    <div class="unseen" aria-live="polite">
      {values === '' ? ranges.join(', ') : values}
    </div>
  );
}

function setter(ref: { current: HTMLElement | null }): (element: HTMLElement | null) => void {
  return (element) => {
    ref.current = element;
  };
}

/** The same object while its numbers are the same, so that memoised painting can rely on it. */
export function useStable(scale: TimeScale): TimeScale {
  const ref = useRef(scale);
  const { from, to, width } = ref.current;
  if (from !== scale.from || to !== scale.to || width !== scale.width) ref.current = scale;
  return ref.current;
}

export function useWidth(ref: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  });
  return width;
}

function useColors(ref: { readonly current: HTMLElement | null }): TrackColors | undefined {
  const [colors, setColors] = useState<TrackColors>();
  useEffect(() => {
    const read = (): void => {
      if (ref.current === null) return;
      setColors({
        line: readToken(ref.current, '--chart'),
        fill: readToken(ref.current, '--chart-fill'),
        grid: readToken(ref.current, '--chart-grid'),
        limit: readToken(ref.current, '--line-strong'),
        heat: chartColorsOf(ref.current).heat,
      });
    };
    read();
    return onThemeChange(read);
  }, [ref]);
  return colors;
}
