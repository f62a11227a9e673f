/**
 * One finding in full, beside the profile that proves it: the claim, what it costs, the evidence and
 * what speaks against it, what to change, and the next capture. Each piece of evidence opens its view.
 */
import type { JSX } from 'preact';
import type { WireFinding } from '../../api/wire.ts';
import { formatRange, formatShare } from './figures.ts';
import { placeText, SEVERITY_SIGNS } from './findings.ts';
import type { FindingsModel } from './findingsmodel.ts';

type Evidence = WireFinding['evidence'][number];

interface FindingStripProps {
  readonly model: FindingsModel;
  readonly finding: WireFinding;
}

export function FindingStrip({ model, finding }: FindingStripProps): JSX.Element {
  return (
    <aside class="strip" aria-label={`Finding: ${finding.title}`}>
      <header>
        <p class={`finding-${finding.severity}`}>
          <span class="finding-sign">{SEVERITY_SIGNS[finding.severity]}</span>{' '}
          <b>{finding.severity}</b> {finding.kind}
          <span class="dim"> · {formatShare(finding.confidence)} sure</span>
        </p>
        <button
          type="button"
          class="strip-close"
          aria-label="Close the finding"
          title="Close (Esc)"
          onClick={() => model.close()}
        >
          ✕
        </button>
      </header>
      <h2>{finding.title}</h2>
      <p class="dim">{formatRange(finding, model.now())}</p>
      <Part title="What it costs" text={finding.impact} />
      <Part title="What to change" text={finding.fix} />
      <Places model={model} finding={finding} />
      <EvidenceList title="Evidence" model={model} finding={finding} list={finding.evidence} />
      <EvidenceList
        title="What speaks against it"
        model={model}
        finding={finding}
        list={finding.counterEvidence}
      />
      <Part title="To be surer" text={finding.next} />
    </aside>
  );
}

function Part({ title, text }: { title: string; text: string }): JSX.Element | null {
  if (text === '') return null;
  return (
    <section>
      <h3>{title}</h3>
      <p>{text}</p>
    </section>
  );
}

function Places({ model, finding }: FindingStripProps): JSX.Element | null {
  if (finding.where.length === 0) return null;
  return (
    <section>
      <h3>Where</h3>
      <ol>
        {finding.where.map((place) => (
          <li key={`${place.function}:${place.line}`}>
            <button
              type="button"
              class="strip-place code"
              title={`${place.file}:${place.line}`}
              onClick={() => model.light(place.function)}
            >
              {place.function} <span class="dim">{placeText(place)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface EvidenceListProps extends FindingStripProps {
  readonly title: string;
  readonly list: readonly Evidence[];
}

function EvidenceList({ title, model, finding, list }: EvidenceListProps): JSX.Element | null {
  if (list.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {list.map((item) => (
          <li key={item.text} class="strip-evidence">
            <p>
              {item.text}{' '}
              {item.view !== undefined && (
                <button
                  type="button"
                  class="strip-show"
                  onClick={() => model.show(finding, item.view)}
                >
                  show
                </button>
              )}
            </p>
            {item.stack !== undefined && item.stack.length > 0 && <Stack stack={item.stack} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Stack({ stack }: { stack: NonNullable<Evidence['stack']> }): JSX.Element {
  return (
    <details>
      <summary class="dim">stack of {stack.length} frames</summary>
      <ol class="code">
        {stack.map((place, i) => (
          <li key={i} title={`${place.file}:${place.line}`}>
            {place.function} <span class="dim">{placeText(place)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
