/**
 * Time inside a profile: a subsecond-offset heat map of when samples were taken, and below it the
 * flame graph of the part that is selected in it. Without moments in the samples, the captures that
 * were dropped together take the heat map's place.
 */
import type { JSX } from 'preact';
import { lastOf } from '../app/loaded.ts';
import { formatClock, formatValue } from '../service/figures.ts';
import { CaptureBars } from './capturebars.tsx';
import { FlameTab } from './flame-tab.tsx';
import { HeatMapView } from './heatmap-view.tsx';
import type { PanelState } from './state.ts';
import './time.css';

export function TimeTab({ state }: { readonly state: PanelState }): JSX.Element {
  const answer = state.beyond.heatMap.answer.value;
  const map = lastOf(answer);
  if (answer.state === 'failed') return <p class="empty">{answer.error.message}</p>;
  if (answer.state === 'loading' && map === undefined) return <p class="empty dim">Loading …</p>;
  const several = state.scope.value.source.kind === 'file' && (state.type.value?.profiles ?? 0) > 1;
  return (
    <div class="time-tab">
      {map !== undefined && <HeatMapView state={state} map={map} />}
      {map === undefined && several && <CaptureBars state={state} />}
      {map === undefined && !several && (
        <div class="empty">
          <p>The samples of this profile do not tell when they were taken.</p>
          <p class="dim">
            Go’s own profiles add up over time. Profilers that keep the moment put it into a numeric
            label such as <code>timestamp</code>; several captures, dropped together, show their
            order.
          </p>
        </div>
      )}
      {(state.values.value?.tree.length ?? 0) > 1 ? (
        <FlameTab state={state} />
      ) : (
        <p class="empty dim">Nothing was sampled in this part.</p>
      )}
    </div>
  );
}

/** `14:02:31.250`, or seconds since the first sample when the clock is another one. */
export function momentText(startMs: number | undefined, seconds: number): string {
  if (startMs === undefined) return formatValue(seconds, 'seconds');
  const at = startMs + seconds * 1000;
  const millis = Math.floor(at % 1000);
  return `${formatClock(at)}.${String(millis).padStart(3, '0')}`;
}
