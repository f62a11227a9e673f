/** What is collected, from where, and how the last scrapes went: the state of every target. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { TargetState } from '../../api/wire.ts';
import { Failure, Notice } from '../app/failure.tsx';
import { lastOf, Question } from '../app/loaded.ts';
import { usePage } from '../app/page.ts';
import { formatClock, formatDay, formatDuration, formatValue } from './figures.ts';
import { sortTypes } from './types.ts';

type Scrape = TargetState['scrapes'][number];

export function TargetsView(): JSX.Element {
  const page = usePage();
  const question = useSignal(new Question<readonly TargetState[]>()).value;
  const beat = page.beat.value;
  useEffect(() => {
    if (beat >= 0 && !question.busy) void question.ask((signal) => page.api.targets(signal));
  }, [beat, page, question]);
  useEffect(() => () => question.stop(), [question]);
  const answer = question.answer.value;
  const targets = lastOf(answer);
  if (targets === undefined) {
    return answer.state === 'failed' ? <Failure error={answer.error} /> : <div class="targets" />;
  }
  if (targets.length === 0) {
    return (
      <Notice title="Nothing is collected">
        <p>This server shows a recording, or was started without targets. To collect:</p>
        <pre>whygo serve localhost:6060</pre>
        <p>or with a file of targets:</p>
        <pre>whygo serve --config whygo.yaml</pre>
      </Notice>
    );
  }
  const recorded = lastOf(page.services.answer.value)?.mode === 'recording';
  const up = targets.filter((target) => target.up).length;
  const noun = targets.length === 1 ? 'target' : 'targets';
  return (
    <div class="targets">
      <h2 class="targets-count">
        {recorded ? `${targets.length} recorded ${noun}` : `${up} of ${targets.length} ${noun} up`}
      </h2>
      {targets.map((target) => (
        <Target
          key={`${target.service} ${target.instance}`}
          target={target}
          recorded={recorded}
          now={page.now()}
        />
      ))}
    </div>
  );
}

interface TargetProps {
  readonly target: TargetState;
  /** True for what an opened recording holds: nothing is up, nothing comes next. */
  readonly recorded: boolean;
  readonly now: number;
}

function Target({ target, recorded, now }: TargetProps): JSX.Element {
  const labels = Object.entries(target.labels).filter(([key]) => key !== 'instance');
  return (
    <section>
      <h3>
        {!recorded && (
          <span class={target.up ? 'target-up' : 'target-down'}>
            {target.up ? '● up ' : '✕ down '}
          </span>
        )}
        <b>{target.service}</b>{' '}
        {target.instance !== target.service && <span class="code">{target.instance} </span>}
        <TargetLink url={target.url} />
        {labels.map(([key, value]) => (
          <span key={key} class="dim code">
            {' '}
            {key}={value}
          </span>
        ))}
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">profile</th>
            <th scope="col" class="num">
              last
            </th>
            <th scope="col" class="num">
              took
            </th>
            <th scope="col" class="num">
              size
            </th>
            {!recorded && (
              <th scope="col" class="num">
                next
              </th>
            )}
            <th scope="col">last error</th>
          </tr>
        </thead>
        <tbody>
          {sortTypes(target.scrapes).map((scrape) => (
            <ScrapeRow key={scrape.type} scrape={scrape} recorded={recorded} now={now} />
          ))}
        </tbody>
      </table>
      {target.notes.map((note) => (
        <p key={note} class="target-note">
          {note}
        </p>
      ))}
    </section>
  );
}

/** An opened recording has a folder where a target has an address. */
function TargetLink({ url }: { readonly url: string }): JSX.Element {
  if (!/^https?:/.test(url)) return <span class="dim code">{url}</span>;
  return (
    <a class="dim code" href={url} rel="noreferrer">
      {url}
    </a>
  );
}

interface ScrapeRowProps extends Omit<TargetProps, 'target'> {
  readonly scrape: Scrape;
}

function ScrapeRow({ scrape, recorded, now }: ScrapeRowProps): JSX.Element {
  const { type, lastStart, lastDurationMs, lastBytes, lastError, nextStart } = scrape;
  return (
    <tr>
      <th scope="row">{type}</th>
      <td class="num">{lastStart === null ? '–' : lastText(lastStart, recorded, now)}</td>
      <td class="num">{lastDurationMs === null ? '–' : formatDuration(lastDurationMs)}</td>
      <td class="num">{lastBytes === null ? '–' : formatValue(lastBytes, 'bytes')}</td>
      {!recorded && <td class="num">{nextText(nextStart, now)}</td>}
      <td class={lastError === null ? 'dim' : 'target-down'}>{lastError ?? 'none'}</td>
    </tr>
  );
}

function lastText(start: number, recorded: boolean, now: number): string {
  return recorded
    ? `${formatDay(start)} ${formatClock(start)}`
    : `${formatDuration(now - start)} ago`;
}

function nextText(nextStart: number | null, now: number): string {
  if (nextStart === null) return '–';
  return nextStart <= now ? 'now' : `in ${formatDuration(nextStart - now)}`;
}
