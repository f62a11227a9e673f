/** A report that cannot be had: why, and what to do, in the place of the report. */
import type { JSX } from 'preact';
import type { UserError } from '../../base/errors.ts';

export function ReportFailure({ error }: { readonly error: UserError }): JSX.Element {
  return (
    <div class="empty" role="alert">
      <p>{error.message}.</p>
      <p class="dim">{error.next}.</p>
    </div>
  );
}
