/**
 * One line between the axis and the profile: which range the profile shows, what it is compared with,
 * and how to change that. It has the same height in every state.
 */
import type { JSX } from 'preact';
import type { Range } from '../app/url.ts';
import { formatRange } from './figures.ts';
import type { ServiceModel } from './model.ts';

export function RangeLine({ model }: { readonly model: ServiceModel }): JSX.Element {
  const { selection, base } = model.ranges.value;
  const now = model.page.now();
  return (
    <div class="rangeline">
      {selection === undefined ? (
        <WholeWindow model={model} now={now} />
      ) : (
        <>
          {base !== undefined && (
            <>
              <Chip
                kind="base"
                letter="A"
                range={base}
                now={now}
                clear={() => model.go({ base: undefined })}
              />
              <button
                type="button"
                title="Swap the ranges (Shift+X)"
                aria-label="Swap the ranges"
                onClick={() => model.swap()}
              >
                ⇄
              </button>
            </>
          )}
          <Chip
            kind={base === undefined ? 'selection' : 'compared'}
            letter={base === undefined ? '' : 'B'}
            range={selection}
            now={now}
            clear={() => model.clearRanges()}
          />
          {base === undefined && <Hint comparing={model.comparing.value} />}
        </>
      )}
      <button
        type="button"
        class="rangeline-metrics"
        aria-pressed={model.view.value.metrics}
        title="Every runtime metric over time (Shift+M)"
        onClick={() => model.go({ metrics: !model.view.value.metrics })}
      >
        metrics
      </button>
      <button
        type="button"
        class="rangeline-table"
        aria-pressed={model.asTable.value}
        title="The tracks as a table (t)"
        onClick={() => {
          model.asTable.value = !model.asTable.value;
        }}
      >
        table
      </button>
    </div>
  );
}

function WholeWindow({ model, now }: { model: ServiceModel; now: number }): JSX.Element {
  return (
    <>
      <span class="num">{formatRange(model.window.value, now)}</span>
      <span class="dim">drag on the axis to select a range</span>
    </>
  );
}

function Hint({ comparing }: { comparing: boolean }): JSX.Element {
  return comparing ? (
    <b>now drag the second range</b>
  ) : (
    <span class="dim">
      <kbd>Shift</kbd> + drag: compare with a second range · <kbd>B</kbd> with the time before
    </span>
  );
}

interface ChipProps {
  readonly kind: 'selection' | 'compared' | 'base';
  readonly letter: string;
  readonly range: Range;
  readonly now: number;
  readonly clear: () => void;
}

function Chip({ kind, letter, range, now, clear }: ChipProps): JSX.Element {
  return (
    <span class={`range-chip range-chip-${kind}`} data-range={kind}>
      {letter !== '' && <b>{letter}</b>}
      <span class="num">{formatRange(range, now)}</span>
      <button
        type="button"
        class="range-clear"
        aria-label={`Clear range ${letter}`.trim()}
        title="Clear"
        onClick={clear}
      >
        ✕
      </button>
    </span>
  );
}
