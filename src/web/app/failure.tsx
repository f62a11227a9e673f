/** Loading, empty and broken as designed states: what is so, why, and what to do. */
import type { ComponentChildren, JSX } from 'preact';
import type { UserError } from '../../base/errors.ts';

interface NoticeProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** A quiet block of text in the place where data would be. */
export function Notice({ title, children }: NoticeProps): JSX.Element {
  return (
    <div class="notice">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A failed question: the server's own words, and its next step. */
export function Failure({ error }: { readonly error: UserError }): JSX.Element {
  return (
    <div role="alert">
      <Notice title={error.message}>
        <p>{error.next}</p>
        <p class="dim code">{error.code}</p>
      </Notice>
    </div>
  );
}

/** No server answers: how to start one, and what works without. */
export function NoServer({ error }: { readonly error: UserError }): JSX.Element {
  return (
    <Notice title="No whygo server answers here">
      <p>
        Drop a profile anywhere on this page to open it: pprof (gzip, zstd or plain), folded stacks,
        and what else whygo reads. It is decoded in this tab; nothing leaves the machine.
      </p>
      <p>To watch services, start a server:</p>
      <dl class="notice-commands">
        <dt class="code">whygo serve localhost:6060</dt>
        <dd>profile one process all the time</dd>
        <dt class="code">whygo serve recording/</dt>
        <dd>open what whygo record has written</dd>
        <dt class="code">npm start</dt>
        <dd>in a clone: the demo service, profiled</dd>
      </dl>
      <p class="dim">{error.message}. This page asks again every five seconds.</p>
    </Notice>
  );
}
