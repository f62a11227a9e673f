/**
 * The list of services with their vital signs: one row each, worst findings first. One service needs
 * no list: the shell opens it directly.
 */
import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { WireSeries, WireService } from '../../api/wire.ts';
import { lastOf, Question } from '../app/loaded.ts';
import { type Page, usePage } from '../app/page.ts';
import { EMPTY_VIEW } from '../app/url.ts';
import { formatDuration, formatValue } from './figures.ts';
import { SEVERITY_SIGNS } from './findings.ts';
import { Sparkline } from './sparkline.tsx';

const SPARK_MS = 15 * 60_000;
const SPARK_POINTS = 60;

type Vital = keyof WireService['vitals'];

const COLUMNS: readonly { readonly vital: Vital; readonly title: string; readonly unit: string }[] =
  [
    { vital: 'cpuCores', title: 'CPU', unit: 'cores' },
    { vital: 'heapBytes', title: 'heap in use', unit: 'bytes' },
    { vital: 'goroutines', title: 'goroutines', unit: 'goroutines' },
    { vital: 'gcPauseP99Seconds', title: 'GC pause p99', unit: 'seconds' },
    { vital: 'schedLatencyP99Seconds', title: 'sched. latency p99', unit: 'seconds' },
  ];

/** Services with worse findings first, then by name: a stable order while numbers move. */
export function sortServices(services: readonly WireService[]): readonly WireService[] {
  const weight = ({ findings }: WireService): number => findings.high * 1_000 + findings.medium;
  return [...services].sort((a, b) => weight(b) - weight(a) || a.service.localeCompare(b.service));
}

export function ServicesView({
  services,
}: {
  readonly services: readonly WireService[];
}): JSX.Element {
  const filter = useSignal('');
  const shown = sortServices(services).filter(({ service }) => service.includes(filter.value));
  return (
    <main class="services">
      <header class="services-head">
        <h1>
          {services.length} {services.length === 1 ? 'service' : 'services'}
        </h1>
        {services.length > 8 && (
          <input
            type="search"
            aria-label="Filter by name"
            placeholder="filter by name"
            value={filter.value}
            onInput={(event) => {
              filter.value = event.currentTarget.value;
            }}
          />
        )}
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">service</th>
            <th scope="col" class="services-spark">
              CPU, 15 min
            </th>
            {COLUMNS.map(({ vital, title }) => (
              <th key={vital} scope="col" class="num">
                {title}
              </th>
            ))}
            <th scope="col">findings</th>
            <th scope="col" class="num">
              last data
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((service) => (
            <ServiceRow key={service.service} service={service} />
          ))}
        </tbody>
      </table>
    </main>
  );
}

function ServiceRow({ service }: { readonly service: WireService }): JSX.Element {
  const page = usePage();
  const spark = useSpark(page, service);
  const change = { ...EMPTY_VIEW, page: 'service', service: service.service } as const;
  const open = (): void => page.history.go(change);
  const age = page.now() - service.last;
  return (
    <tr onClick={open}>
      <th scope="row">
        <a
          href={page.history.href(change)}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            event.stopPropagation();
            open();
          }}
        >
          {service.service}
        </a>
      </th>
      <td class="services-spark">
        <Sparkline series={spark} name={`CPU of ${service.service} over the last 15 minutes`} />
      </td>
      {COLUMNS.map(({ vital, unit }) => {
        const value = service.vitals[vital];
        return (
          <td key={vital} class="num">
            {value === null ? <span class="dim">–</span> : formatValue(value, unit)}
          </td>
        );
      })}
      <td>
        <FindingCounts findings={service.findings} />
      </td>
      <td class="num dim">{age < 30_000 ? 'now' : `${formatDuration(age)} ago`}</td>
    </tr>
  );
}

function FindingCounts({ findings }: { readonly findings: WireService['findings'] }): JSX.Element {
  const some = (['high', 'medium', 'low'] as const).filter((severity) => findings[severity] > 0);
  if (some.length === 0) return <span class="dim">none</span>;
  return (
    <>
      {some.map((severity) => (
        <span key={severity} class={`finding-count finding-${severity}`}>
          {SEVERITY_SIGNS[severity]} {findings[severity]} {severity}
        </span>
      ))}
    </>
  );
}

/** CPU totals of the last minutes; asked once a minute, because a sparkline is a shape. */
function useSpark(page: Page, { service, last }: WireService): readonly WireSeries[] {
  const question = useSignal(new Question<readonly WireSeries[]>()).value;
  const minute = Math.floor(last / 60_000);
  useEffect(() => {
    const to = (minute + 1) * 60_000;
    const query = { service, type: 'cpu', sample: 'cpu', maxPoints: SPARK_POINTS };
    void question.ask((signal) => page.api.timeline({ ...query, from: to - SPARK_MS, to }, signal));
    return () => question.stop();
  }, [page, service, minute, question]);
  return useComputed(() => lastOf(question.answer.value) ?? []).value;
}
