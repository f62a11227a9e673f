/**
 * A question that needs the whole profile, asked again whenever what is looked at changes.
 *
 * The views of src/web/graph, src/web/peek and src/web/source hang on it.
 */
import { useComputed } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type Loaded, Question } from '../app/loaded.ts';
import type { ProfileReports, TreeQuery } from '../data/source.ts';
import type { PanelState } from '../profile/state.ts';

/** What is asked of a source with reports. */
export type AskReport<T> = (
  reports: ProfileReports,
  query: TreeQuery,
  signal: AbortSignal,
) => Promise<T>;

/** `key` says what is asked beside the panel's own query. */
export function useReport<T>(state: PanelState, key: string, ask: AskReport<T>): Loaded<T> {
  const question = useMemo(() => new Question<T>(), []);
  const { source } = state.scope.value;
  const query = useComputed(() => {
    const value = state.query.value;
    // Reports know no zoom and no inversion: asking again for these would answer the same.
    return value && { ...value, zoom: [], inverted: false };
  }).value;
  const queryKey = JSON.stringify([query, key]);
  useEffect(() => {
    const { reports } = source;
    if (reports === undefined || query === undefined) return undefined;
    void question.ask((signal) => ask(reports, query, signal));
    return () => question.stop();
  }, [question, source, queryKey]);
  return question.answer.value;
}
