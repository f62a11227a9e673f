/**
 * The findings of the window as one line each: how bad, what, where, the number. At most five are
 * shown; the rest is a click away. A click opens a finding: its range, its profile, its frames.
 */
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { WireFinding } from '../../api/wire.ts';
import { Menu } from '../app/menu.tsx';
import { formatClock } from './figures.ts';
import { placeText, SEVERITY_SIGNS } from './findings.ts';
import type { FindingsModel } from './findingsmodel.ts';

const SHOWN = 5;

interface FindingListProps {
  readonly model: FindingsModel;
  readonly hovered: Signal<WireFinding | undefined>;
}

export function FindingList({ model, hovered }: FindingListProps): JSX.Element {
  const all = useSignal(false);
  const findings = model.findings.value;
  if (findings.length === 0) return <NoFindings model={model} />;
  const shown = all.value ? findings : findings.slice(0, SHOWN);
  const more = findings.length - SHOWN;
  return (
    <section class="findings" aria-label="Findings">
      <ol>
        {shown.map((finding) => (
          <FindingRow
            key={`${finding.kind}${finding.at}${finding.where[0]?.function ?? ''}`}
            finding={finding}
            model={model}
            hovered={hovered}
          />
        ))}
      </ol>
      <div class="findings-more dim">
        {more > 0 && (
          <button
            type="button"
            aria-expanded={all.value}
            onClick={() => {
              all.value = !all.value;
            }}
          >
            {all.value ? 'fewer' : `${more} more`}
          </button>
        )}
        <Unanswered model={model} />
      </div>
    </section>
  );
}

interface FindingRowProps extends FindingListProps {
  readonly finding: WireFinding;
}

function FindingRow({ finding, model, hovered }: FindingRowProps): JSX.Element {
  const [place] = finding.where;
  const opened = model.opened.value === finding;
  const hover = (on: boolean) => (): void => {
    hovered.value = on ? finding : undefined;
  };
  return (
    <li>
      <button
        type="button"
        class={`finding finding-${finding.severity}`}
        aria-pressed={opened}
        onClick={() => (opened ? model.close() : model.show(finding))}
        onPointerEnter={hover(true)}
        onPointerLeave={hover(false)}
        onFocus={hover(true)}
        onBlur={hover(false)}
      >
        <span class="finding-sign" aria-hidden="true">
          {SEVERITY_SIGNS[finding.severity]}
        </span>
        <span class="finding-severity">{finding.severity}</span>
        <b class="finding-kind">{finding.kind}</b>
        <span class="finding-title" title={finding.title}>
          {finding.title}
        </span>
        <span class="finding-place code dim" title={place?.file ?? ''}>
          {place === undefined ? '' : placeText(place)}
        </span>
        <span class="finding-time num dim">found {formatClock(finding.at)}</span>
      </button>
    </li>
  );
}

function NoFindings({ model }: { readonly model: FindingsModel }): JSX.Element {
  return (
    <section class="findings" aria-label="Findings">
      <div class="findings-none dim">
        <span>{model.looking.value ? 'Looking for findings…' : 'No findings here'}</span>
        <Unanswered model={model} />
      </div>
    </section>
  );
}

/** What could not be told, why, and what to collect: “cannot tell” is an answer too. */
function Unanswered({ model }: { readonly model: FindingsModel }): JSX.Element | null {
  const questions = model.unanswered.value;
  if (questions.length === 0) return null;
  const count =
    questions.length === 1 ? '1 question is open' : `${questions.length} questions are open`;
  return (
    <Menu label={count} name="What could not be answered">
      <ul class="unanswered">
        {questions.map(({ question, why, collect }) => (
          <li key={question}>
            <b>{question}</b>
            <p>{why}</p>
            <p class="dim">{collect}</p>
          </li>
        ))}
      </ul>
    </Menu>
  );
}
