/**
 * The dashboard as a table: the same numbers for people who do not see, or do not trust, the drawing.
 *
 * Rows are equal parts of the window, at most forty; a click on one selects its part.
 */
import type { JSX } from 'preact';
import { partsOf } from '../service/axis/tracktable.tsx';
import { formatClock } from '../service/figures.ts';
import type { ServiceModel } from '../service/model.ts';
import { type DrawableDashboard, readingsOf } from './drawable.ts';

interface MetricsTableProps {
  readonly model: ServiceModel;
  readonly board: DrawableDashboard;
}

export function MetricsTable({ model, board }: MetricsTableProps): JSX.Element {
  const charts = board.sections
    .flatMap((section) => section.charts)
    .filter(({ missing }) => missing === '');
  const heads = charts.map((chart) => readingsOf(board, chart, 'newest').map(({ title }) => title));
  const { selection } = model.view.value;
  return (
    <div class="metrics-table">
      <table>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              from
            </th>
            {charts.map((chart, i) => (
              <th key={chart.id} scope="colgroup" colSpan={heads[i]?.length ?? 1}>
                {chart.title}
              </th>
            ))}
          </tr>
          <tr>
            {charts.flatMap((chart, i) =>
              (heads[i] ?? []).map((title) => (
                <th key={`${chart.id} ${title}`} scope="col" class="num">
                  {title}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {partsOf(model.window.value).map((part) => (
            <tr
              key={part.from}
              aria-selected={selection?.from === part.from && selection.to === part.to}
            >
              <th scope="row">
                <button type="button" onClick={() => model.select(part, false)}>
                  {formatClock(part.from)}
                </button>
              </th>
              {charts.flatMap((chart) =>
                readingsOf(board, chart, { range: part }).map(({ id, text }) => (
                  <td key={`${chart.id} ${id}`} class="num">
                    {text}
                  </td>
                )),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
