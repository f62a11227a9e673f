/** The table of all labels and their values (report.printTags of Go 1.26's pprof). */
import { formatPercentage, formatScaled } from '../../base/units.ts';
import { labelsOf } from '../../profile/labels.ts';
import { padLeft, runeCount } from './gotext.ts';
import { formatReportValue, type Report, weightsOf } from './report.ts';
import { sortTags } from './tags.ts';

interface KeyValues {
  total: number;
  readonly values: Map<string, number>;
}

export function printTags(report: Report): string {
  const keys = collect(report);
  const named = [...keys.keys()].map((name) => ({ name, flat: 0, cum: 0 }));
  return sortTags(named, true)
    .map(({ name }) => keyTable(report, name, keys.get(name) ?? { total: 0, values: new Map() }))
    .join('');
}

function collect(report: Report): Map<string, KeyValues> {
  const { profile, options } = report;
  const { labelSet } = profile.samples;
  const weights = weightsOf(profile, options);
  const bySet = new Map<number, number>();
  for (let row = 0; row < labelSet.length; row++) {
    const set = labelSet[row] ?? 0;
    bySet.set(set, (bySet.get(set) ?? 0) + Number(weights[row] ?? 0));
  }
  const keys = new Map<string, KeyValues>();
  for (const [set, weight] of bySet) {
    for (const label of labelsOf(profile, set)) {
      const unit = options.numLabelUnits.get(label.key) ?? '';
      const value =
        'text' in label ? label.text : formatScaled(Number(label.number), unit, report.outputUnit);
      let entry = keys.get(label.key);
      if (entry === undefined) {
        entry = { total: 0, values: new Map() };
        keys.set(label.key, entry);
      }
      entry.values.set(value, (entry.values.get(value) ?? 0) + weight);
      entry.total += weight;
    }
  }
  return keys;
}

/** One key with its values: columns aligned to the right, as text/tabwriter does. */
function keyTable(report: Report, key: string, entry: KeyValues): string {
  const format = (value: number) => formatReportValue(report, value);
  const { total } = report;
  const share = (value: number) => (total > 0 ? ` (${formatPercentage(value, total)})` : '');
  const rows = sortTags(
    [...entry.values].map(([name, flat]) => ({ name, flat, cum: 0 })),
    true,
  ).map(({ name, flat }) => ({ cell: `${format(flat)}${share(flat)}:`, name }));
  const keyWidth = runeCount(key) + 2;
  const valueWidth = Math.max(0, ...rows.map(({ cell }) => runeCount(cell))) + 1;
  const lines = [
    `${padLeft(`${key}:`, keyWidth)} Total ${format(entry.total)} of ${format(total)}${share(entry.total)}`,
    ...rows.map(({ cell, name }) => `${' '.repeat(keyWidth)}${padLeft(cell, valueWidth)} ${name}`),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
