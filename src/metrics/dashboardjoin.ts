/**
 * The dashboards of several processes as one: amounts add up, shares are the mean, heat maps add up.
 *
 * Processes are not read at the same moment: each value is held until the next one, but not longer
 * than three times as long as is usual between two; then that process counts as not measured. A time
 * at which no process was measured is NaN. Limits add up where every process has one.
 */
import type { Dashboard, HeatPanel, Layer, Panel, PanelLimit } from './dashboard.ts';
import { joinHeatMaps, trimmed } from './heatmap.ts';

/** Times that a joined dashboard has at most. */
const MOST_TIMES = 600;

/** Dashboards of `processDashboard`, at least one. */
export function joinDashboards(dashboards: readonly Dashboard[]): Dashboard {
  const [first] = dashboards;
  if (first === undefined) throw new RangeError('there is no dashboard');
  if (dashboards.length === 1) return first;
  const time = commonTimes(dashboards);
  const held = dashboards.map((one) => heldIndices(one.time, time));
  return {
    time,
    panels: first.panels.map((panel, i) => {
      const all = dashboards.map(({ panels }) => panels[i]).filter((one) => one !== undefined);
      return joinPanels(panel, all, held, time.length);
    }),
    heats: first.heats.map((panel, i) => {
      const all = dashboards.map(({ heats }) => heats[i]).filter((one) => one !== undefined);
      return joinHeats(panel, all, edgesOf(time));
    }),
  };
}

/** As many times as the process with the most, evenly over all. */
function commonTimes(dashboards: readonly Dashboard[]): Float64Array {
  const starts = dashboards.map(({ time }) => time[0] ?? Infinity);
  const ends = dashboards.map(({ time }) => time.at(-1) ?? -Infinity);
  const [from, to] = [Math.min(...starts), Math.max(...ends)];
  const most = Math.min(MOST_TIMES, Math.max(...dashboards.map(({ time }) => time.length)));
  if (!(to > from) || most < 2) return Float64Array.of(to);
  return Float64Array.from({ length: most }, (_, i) => from + ((to - from) * i) / (most - 1));
}

/** For each common time the index of the value that holds then; -1 = none. */
function heldIndices(own: Float64Array, time: Float64Array): Int32Array {
  const steps = Array.from(own.subarray(1), (at, i) => at - (own[i] ?? 0)).sort((a, b) => a - b);
  const longest = 3 * (steps[steps.length >> 1] ?? Infinity);
  let index = -1;
  return Int32Array.from(time, (at) => {
    while (index + 1 < own.length && (own[index + 1] ?? Infinity) <= at) index++;
    return index < 0 || at - (own[index] ?? 0) > longest ? -1 : index;
  });
}

function joinPanels(
  first: Panel,
  panels: readonly Panel[],
  held: readonly Int32Array[],
  length: number,
): Panel {
  const kinds = new Map(panels.flatMap(({ layers }) => layers.map((layer) => [layer.id, layer])));
  const layers = Array.from(kinds.values(), (layer): Layer => {
    const { id } = layer;
    const value = new Float64Array(length).fill(NaN);
    const columns = panels.map(({ layers: own }) => own.find((one) => one.id === id)?.value);
    for (let i = 0; i < length; i++) {
      const known = columns.flatMap((column, process) => {
        const one = column?.[held[process]?.[i] ?? -1] ?? NaN;
        return Number.isNaN(one) ? [] : [one];
      });
      if (known.length === 0) continue;
      const sum = known.reduce((a, b) => a + b);
      value[i] = first.unit === 'share' ? sum / known.length : sum;
    }
    return { ...layer, value };
  });
  const missing = panels.every((panel) => panel.missing !== '') ? first.missing : '';
  return { ...first, layers, limits: joinLimits(panels), missing };
}

function joinLimits(panels: readonly Panel[]): readonly PanelLimit[] {
  const [first] = panels;
  return (first?.limits ?? []).flatMap(({ title }): PanelLimit[] => {
    const values = panels.flatMap(({ limits }) => {
      const limit = limits.find((one) => one.title === title);
      return limit === undefined ? [] : [limit.value];
    });
    if (values.length < panels.length) return [];
    return [{ title, value: values.reduce((a, b) => a + b) }];
  });
}

function joinHeats(first: HeatPanel, panels: readonly HeatPanel[], edges: Float64Array): HeatPanel {
  const maps = panels.flatMap(({ heat }) => (heat === undefined ? [] : [heat]));
  const joined = joinHeatMaps(maps, edges);
  const heat = joined === undefined ? undefined : trimmed(joined);
  return { ...first, heat, missing: heat === undefined ? first.missing : '' };
}

/** A step before the first time, so that what ends with it has its column. */
function edgesOf(time: Float64Array): Float64Array {
  const step = (time[1] ?? 0) - (time[0] ?? 0);
  return Float64Array.of((time[0] ?? 0) - Math.max(step, 1), ...time);
}
