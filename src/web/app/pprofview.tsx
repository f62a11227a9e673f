/** The page of `whygo pprof -http`: one profile in the whole window. */
import type { JSX } from 'preact';
import { Failure } from './failure.tsx';
import { OpenProfile } from './fileview.tsx';
import type { PprofPage } from './pprofpage.ts';

export function PprofView({ pprof }: { readonly pprof: PprofPage }): JSX.Element {
  const answer = pprof.question.answer.value;
  const source = pprof.source.value;
  if (source !== undefined) return <OpenProfile source={source} />;
  if (answer.state === 'failed') return <Failure error={answer.error} />;
  return <main aria-busy="true" />;
}
