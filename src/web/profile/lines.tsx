/**
 * The lines of one function: what each of them costs itself, and with all it calls.
 *
 * Asked for when it is opened, because a tree by lines is larger. There is no source text: a profile
 * does not carry it, and the page reads no files.
 */
import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { lastOf, Question } from '../app/loaded.ts';
import type { ProfileTree } from '../data/tree.ts';
import { shortName } from '../flame/label.ts';
import { percentText, valueText } from './numbers.ts';
import { linesOf } from './rows.ts';
import type { PanelState } from './state.ts';
import './lines.css';

interface LinesProps {
  readonly state: PanelState;
  readonly name: string;
}

export function LinesMenu({ state, name }: LinesProps): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const question = useMemo(() => new Question<ProfileTree>(), []);
  useEffect(() => {
    state.linesButton.value = button.current ?? undefined;
    return () => {
      state.linesButton.value = undefined;
      question.stop();
    };
  }, [state, question]);
  const open = (): void => {
    const query = state.query.peek();
    const { source } = state.scope.peek();
    if (query === undefined) return;
    const byLines = { ...query, inverted: false, granularity: 'lines' } as const;
    void question.ask((signal) => source.tree(byLines, signal), true);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        popovertarget={id}
        title="What each of its lines costs (V)"
      >
        Lines
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        class="popup lines"
        onToggle={(event) => {
          if (event.newState !== 'open') return;
          open();
          const box = button.current?.getBoundingClientRect();
          if (box === undefined || popover.current === null) return;
          popover.current.style.right = '8px';
          popover.current.style.bottom = `${innerHeight - box.top + 4}px`;
        }}
      >
        <Lines state={state} name={name} question={question} />
      </div>
    </>
  );
}

function Lines(props: LinesProps & { readonly question: Question<ProfileTree> }): JSX.Element {
  const { state, name, question } = props;
  const answer = question.answer.value;
  const loaded = lastOf(answer);
  if (answer.state === 'failed') return <p role="alert">{answer.error.message}</p>;
  if (loaded === undefined) return <p class="dim">Loading …</p>;
  const lines = linesOf(loaded.tree, name);
  const grand = state.grandTotal.value;
  const most = lines.reduce((top, { cum }) => Math.max(top, cum), 0);
  const { unit } = loaded.tree;
  return (
    <table>
      <caption class="code">{shortName(name)}</caption>
      <thead>
        <tr>
          <th scope="col">line</th>
          <th scope="col" class="num" colSpan={2}>
            self
          </th>
          <th scope="col" class="num" colSpan={2}>
            total
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ place, path, self, cum }) => (
          <tr key={path}>
            <td class="code" title={path}>
              {place}
            </td>
            <td class="num">{valueText(self, unit)}</td>
            <td class="num dim">{self === 0 ? '' : percentText(self, grand)}</td>
            <td class="num amount">
              <i class="bar" style={{ width: `${most > 0 ? (cum / most) * 100 : 0}%` }} />
              {valueText(cum, unit)}
            </td>
            <td class="num dim">{percentText(cum, grand)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
