/**
 * The tracks as a table: the same numbers for people who do not see, or do not trust, the drawing.
 *
 * Rows are equal parts of the window, at most forty, newest last; a click on a row selects its part.
 */
import type { JSX } from 'preact';
import type { Range } from '../../app/url.ts';
import { formatClock } from '../figures.ts';
import type { ServiceModel } from '../model.ts';
import { readoutOf, valueIn } from './tracks.ts';

const ROWS = 40;
const LEAST_ROW_MS = 10_000;

/** Equal parts of a window, at most forty. */
export function partsOf(window: Range): readonly Range[] {
  const span = window.to - window.from;
  const step = Math.max(LEAST_ROW_MS, Math.ceil(span / ROWS / 1_000) * 1_000);
  const parts: Range[] = [];
  for (let from = Math.floor(window.from / step) * step; from < window.to; from += step) {
    parts.push({ from, to: from + step });
  }
  return parts;
}

export function TrackTable({ model }: { model: ServiceModel }): JSX.Element {
  const tracks = model.tracks.value;
  const { selection } = model.view.value;
  const parts = partsOf(model.window.value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keys
    <section class="track-table" aria-label="Tracks as a table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">from</th>
            {tracks.map((track) => (
              <th key={track.id} scope="col" class="num">
                {track.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr
              key={part.from}
              aria-selected={selection?.from === part.from && selection.to === part.to}
            >
              <th scope="row">
                <button type="button" onClick={() => model.select(part, false)}>
                  {formatClock(part.from)}
                </button>
              </th>
              {tracks.map((track) => (
                <td key={track.id} class="num">
                  {readoutOf(track, valueIn(track, part))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
