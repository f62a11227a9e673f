/**
 * What the panel shows as a file: the merged profile, or a page of its own that opens offline.
 */
import { UserError } from '../../base/errors.ts';
import type { PanelState } from './state.ts';

/** Gives a file to the person. */
function offer(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name.replaceAll(/[^\w.-]+/g, '-');
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What cannot be done is said where the panel says what it shows. */
async function orSay(state: PanelState, action: () => Promise<void>): Promise<void> {
  state.problem.value = '';
  try {
    await action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    state.problem.value = `${error.message}. ${error.next}`;
  }
}

/** The merged profile as gzipped pprof. */
export async function saveProfile(state: PanelState): Promise<void> {
  const query = state.query.peek();
  const { source } = state.scope.peek();
  if (query === undefined) return;
  await orSay(state, async () => {
    const blob = await source.download(query, new AbortController().signal);
    offer(blob, `${source.title}.${query.type}.pb.gz`);
  });
}

/** The profile in a page of its own; `view` is the address's query that it opens with. */
export async function saveAsHtml(state: PanelState, view: string): Promise<void> {
  const query = state.plainQuery.peek();
  const loaded = state.loaded.peek();
  if (query === undefined || loaded === undefined) return;
  const { source, base: range, baseLabels } = state.scope.peek();
  const base = range && { ...query, range, labels: { ...query.labels, ...baseLabels } };
  const { sampleType, coverage } = loaded;
  await orSay(state, async () => {
    const { savedPageOf } = await import('../export/save.ts');
    const { profiles } = coverage;
    const page = await savedPageOf({ source, query, base, sampleType, profiles, view });
    offer(page, `${source.title}.${query.type}.html`);
  });
}
