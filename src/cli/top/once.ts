/** One reading of `whygo top`, as plain text and as JSON (`whygo.top/1`). */
import type { Output } from '../terminal.ts';
import { BLANK, fitLine, type Line, paintLines, span } from '../tui/text.ts';
import type { TopModel } from './model.ts';
import type { FunctionTable } from './rows.ts';
import { titleLine, vitalLines } from './screen.ts';
import { functionLines, groupLines } from './tables.ts';
import { FIRST_VIEW } from './view.ts';

const ROWS = 15;
const JSON_ROWS = 50;

export function onceText(model: TopModel, cost: number, output: Output): string {
  const columns = Math.max(60, output.columns);
  const status = { failure: '', cost, own: Number.NaN, profilingNow: false, now: Date.now() };
  // No row is selected in a text.
  const view = { ...FIRST_VIEW, selected: -1 };
  const functions = (name: string, table: FunctionTable | undefined): readonly Line[] =>
    table === undefined
      ? []
      : [BLANK, [span(` ${name}`, 'bold')], ...functionLines(table, view, columns, ROWS).lines];
  const lines = [
    titleLine(model, view, status, columns),
    ...vitalLines(model, columns),
    ...model.findings.map(
      ({ kind, severity, title }): Line => [span(` ● ${kind}, ${severity}: ${title}`)],
    ),
    BLANK,
    [span(` goroutines: ${model.goroutines}`, 'bold')],
    ...groupLines(model, view, columns, ROWS).lines,
    ...functions('CPU', model.cpu),
    ...functions('heap in use', model.heap),
  ];
  return `${paintLines(
    lines.map((line) => fitLine(line, columns)),
    output.style,
  )}\n`;
}

export function topJson(model: TopModel, cost: number): object {
  const { newest, vitals } = model;
  const functions = (table: FunctionTable | undefined) =>
    table === undefined
      ? undefined
      : { ...table, rows: table.rows.slice(0, JSON_ROWS).map(functionJson) };
  return {
    schema: 'whygo.top/1',
    target: model.target,
    service: model.service,
    goVersion: newest?.goVersion ?? '',
    time: new Date(Number((newest?.timeNanos ?? 0n) / 1_000_000n)).toISOString(),
    /** Cores that asking cost the target, estimated. */
    cost,
    vitals: Object.fromEntries(
      Object.entries(vitals ?? {}).map(([name, value]) => [name, value ?? null]),
    ),
    goroutines: {
      total: model.goroutines,
      groups: model.groups.slice(0, JSON_ROWS).map(({ key: _, waitMinutes, stack, ...row }) => ({
        ...row,
        waitMinutes: Number.isNaN(waitMinutes) ? null : waitMinutes,
        stack: stack.map(({ function: name, file, line }) => ({ function: name, file, line })),
      })),
    },
    cpu: functions(model.cpu),
    heap: functions(model.heap),
    findings: model.findings,
  };
}

function functionJson({ name, file, line, flat, cum }: FunctionTable['rows'][number]): object {
  return { function: name, file, line, flat, cum };
}
