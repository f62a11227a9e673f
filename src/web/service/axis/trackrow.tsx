/** One track: its name, its drawing, and its value with what it is compared with. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { bandsOf } from '../../metrics/heatscale.ts';
import { paintHeat } from '../../metrics/paintheat.ts';
import { formatValue } from '../figures.ts';
import type { ServiceModel } from '../model.ts';
import { paintTrack, type TrackColors, topOf } from './paint.ts';
import type { TimeScale } from './scale.ts';
import { readout, type Track } from './tracks.ts';

interface TrackRowProps {
  readonly track: Track;
  readonly scale: TimeScale;
  readonly colors: TrackColors | undefined;
}

export function TrackRow({ track, scale, colors }: TrackRowProps): JSX.Element {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (ref.current === null || colors === undefined || scale.width === 0) return;
    if (track.heat === undefined) paintTrack(ref.current, track, scale, colors);
    else paintHeat(ref.current, track.heat, scale, colors.heat);
  }, [track, scale, colors]);
  return (
    <>
      <div class="track-name" title={track.source}>
        {track.missing === undefined && (
          <span class="track-top num">{formatValue(topValue(track), track.unit)}</span>
        )}
        <span>{track.title}</span>
      </div>
      <div class="track-chart" aria-hidden={track.missing === undefined}>
        {track.missing === undefined ? <canvas ref={ref} /> : <Missing text={track.missing} />}
      </div>
    </>
  );
}

/** The value at the top of the drawing. */
function topValue(track: Track): number {
  return track.heat === undefined ? topOf(track) : bandsOf(track.heat, 1).high;
}

/** The value column of a track, apart from the drawing so that a moving cursor repaints only text. */
export function TrackValue({ model, track }: { model: ServiceModel; track: Track }): JSX.Element {
  const { selection, base } = model.ranges.value;
  const window = model.window.value;
  const { text, compared } = readout(track, {
    cursor: model.cursor.value,
    selection,
    base,
    window,
  });
  return (
    <div class="track-value num" data-track={track.id}>
      <b>{track.missing === undefined ? text : ''}</b>
      <span class="dim">{track.missing === undefined ? compared : 'not measured'}</span>
    </div>
  );
}

/** What is missing, why, and what brings it, in the server's words. */
function Missing({ text }: { text: string }): JSX.Element {
  return (
    <p class="track-missing" title={text}>
      {text}
    </p>
  );
}
