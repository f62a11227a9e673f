/** The metrics dashboard of a service: sampled in the store, told and drawn by the pure models. */
import { type WireDashboard, wireColumns } from '../api/dashboard.ts';
import { storyOf, wireStory } from '../api/metricstory.ts';
import { DASHBOARD_NAMES, processDashboard } from '../metrics/dashboard.ts';
import { joinDashboards } from '../metrics/dashboardjoin.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { SECTION_IDS, SECTION_TITLES, STORY_NAMES } from '../metrics/storyparts.ts';
import type { LabelMatchers, Store, TimeRange } from '../store/store.ts';

const MAX_POINTS = 600;
const NAMES = [...new Set([...DASHBOARD_NAMES, ...STORY_NAMES])];

export interface DashboardQuery {
  readonly service: string;
  readonly range: TimeRange;
  readonly target?: LabelMatchers;
  readonly maxPoints?: number;
}

export async function dashboardOf(
  store: Pick<Store, 'sampledMetrics'>,
  query: DashboardQuery,
): Promise<WireDashboard> {
  const { service, range, maxPoints = MAX_POINTS } = query;
  const sampled = await store.sampledMetrics({ ...query, names: NAMES, maxPoints });
  const processes = sampled.map(({ snapshots }) => snapshots);
  const dashboards = processes.map(processDashboard);
  const none = { time: new Float64Array(0), panels: [], heats: [] };
  return {
    service,
    from: Number(range.fromNanos / 1_000_000n),
    to: Number(range.toNanos / 1_000_000n),
    processes: processes.length,
    ...wireColumns(dashboards.length === 0 ? none : joinDashboards(dashboards)),
    ...toldOf(service, processes),
  };
}

/** Stories do not add up: several processes have headings alone. */
function toldOf(
  service: string,
  processes: readonly (readonly MetricSnapshot[])[],
): Pick<WireDashboard, 'sections' | 'lacking'> {
  const [only, ...others] = processes;
  if (only === undefined || others.length > 0) {
    const sections = SECTION_IDS.map((id) => ({ id, title: SECTION_TITLES[id], sentence: '' }));
    return { sections, lacking: [] };
  }
  const { sections, lacking } = wireStory(service, storyOf(only));
  return {
    sections: sections.map(({ id, title, sentence }) => ({ id, title, sentence })),
    lacking,
  };
}
