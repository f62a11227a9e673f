/**
 * Profiles as pprof writes them: -proto and -topproto, uncompressed.
 *
 * The bytes of profile.WriteUncompressed (profile/encode.go of Go 1.26): strings in the order in which
 * Go's encoder meets them, labels sorted by key. Packing is src/formats/pprof's part.
 */
import { scale } from '../../base/units.ts';
import { encodePprof } from '../../formats/pprof.ts';
import { LabelSetBuilder } from '../../profile/labels.ts';
import type { FunctionTable, LocationTable, Profile, ValueColumn } from '../../profile/profile.ts';
import { compareStrings } from './gotext.ts';
import { cumValue, flatValue } from './graph.ts';
import type { Detail } from './options.ts';
import type { Report } from './report.ts';
import { selectOutputUnit, trimmedGraph } from './trim.ts';

/** The report's profile, divided by divide_by, at its detail. */
export function encodeProto(report: Report): Uint8Array<ArrayBuffer> {
  const { profile, options } = report;
  return encodePprof(inGoOrder(divided(withDetail(profile, options.detail), options.ratio)));
}

/** A profile as it is, in the order of Go's encoder. */
export function encodeInGoOrder(profile: Profile): Uint8Array<ArrayBuffer> {
  return encodePprof(inGoOrder(profile));
}

function divided(profile: Profile, ratio: number): Profile {
  if (!(ratio > 0) || ratio === 1) return profile;
  const values = profile.samples.values.map((column) =>
    Float64Array.from(
      { length: column.length },
      (_, row) => Math.trunc(Number(column[row] ?? 0) * ratio) + 0,
    ),
  );
  return { ...profile, samples: { ...profile.samples, values } };
}

/** Takes away inlined lines and columns, the only detail that a profile can lose here. */
function withDetail(profile: Profile, detail: Detail): Profile {
  if (detail.inlines && detail.columns) return profile;
  const { locations } = profile;
  const rows: number[] = [];
  const lineStart = new Uint32Array(locations.length + 1);
  for (let location = 0; location < locations.length; location++) {
    const end = locations.lineStart[location + 1] ?? 0;
    const begin = locations.lineStart[location] ?? 0;
    const from = !detail.inlines && end - begin > 1 ? end - 1 : begin;
    for (let line = from; line < end; line++) rows.push(line);
    lineStart[location + 1] = rows.length;
  }
  const mappings = profile.mappings.map((mapping) => ({
    ...mapping,
    hasInlineFrames: mapping.hasInlineFrames && detail.inlines,
  }));
  const column = (line: number) => (detail.columns ? (locations.lineColumn[line] ?? 0) : 0);
  return {
    ...profile,
    mappings,
    locations: {
      ...locations,
      lineStart,
      lineFunction: Int32Array.from(rows, (line) => locations.lineFunction[line] ?? -1),
      lineNumber: Float64Array.from(rows, (line) => locations.lineNumber[line] ?? 0),
      lineColumn: Float64Array.from(rows, column),
    },
  };
}

class StringOrder {
  readonly strings: string[] = [''];
  private readonly byText = new Map<string, number>([['', 0]]);

  index(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.byText.set(text, index);
    return index;
  }
}

/** The profile with its strings in the order of profile.preEncode. */
function inGoOrder(profile: Profile): Profile {
  const order = new StringOrder();
  for (const { type, unit } of profile.sampleTypes) {
    order.index(type);
    order.index(unit);
  }
  const labelSets = orderedLabelSets(profile, order);
  for (const { file, buildId } of profile.mappings) {
    order.index(file);
    order.index(buildId);
  }
  const { functions, strings } = profile;
  const columns = {
    name: new Int32Array(functions.length),
    systemName: new Int32Array(functions.length),
    filename: new Int32Array(functions.length),
  };
  for (let fn = 0; fn < functions.length; fn++) {
    for (const column of ['name', 'systemName', 'filename'] as const) {
      columns[column][fn] = order.index(strings[functions[column][fn] ?? 0] ?? '');
    }
  }
  order.index(profile.dropFrames);
  order.index(profile.keepFrames);
  order.index(profile.periodType?.type ?? '');
  order.index(profile.periodType?.unit ?? '');
  for (const comment of profile.comments) order.index(comment);
  order.index(profile.defaultSampleType);
  order.index(profile.docUrl);
  return { ...profile, strings: order.strings, functions: { ...functions, ...columns }, labelSets };
}

/** Label sets with text labels by key, then numbers by key; their strings in the order of samples. */
function orderedLabelSets(profile: Profile, order: StringOrder): Profile['labelSets'] {
  const { labelSets, samples, strings } = profile;
  const { start, str } = labelSets;
  const count = labelSets.key.length;
  const key = new Int32Array(count);
  const text = new Int32Array(count).fill(-1);
  /** The label that is put at each place. */
  const source = new Uint32Array(count);
  const numUnit = new Int32Array(count);
  const placed = new Int32Array(strings.length).fill(-1);
  const place = (index: number) => {
    if (placed[index] === -1) placed[index] = order.index(strings[index] ?? '');
    return placed[index] ?? 0;
  };
  const compare = (a: number, b: number) =>
    Number((str[a] ?? -1) < 0) - Number((str[b] ?? -1) < 0) ||
    compareStrings(strings[labelSets.key[a] ?? 0] ?? '', strings[labelSets.key[b] ?? 0] ?? '');
  const seen = new Uint8Array(labelSets.length);
  for (const set of samples.labelSet) {
    if (seen[set] === 1) continue;
    seen[set] = 1;
    let at = start[set] ?? 0;
    for (const label of sortedRange(at, start[set + 1] ?? 0, compare)) {
      key[at] = place(labelSets.key[label] ?? 0);
      const value = str[label] ?? -1;
      if (value >= 0) text[at] = place(value);
      else numUnit[at] = place(labelSets.numUnit[label] ?? 0);
      source[at++] = label;
    }
  }
  const { num } = labelSets;
  return {
    ...labelSets,
    key,
    str: text,
    num:
      num instanceof Float64Array
        ? Float64Array.from(source, (label) => num[label] ?? 0)
        : BigInt64Array.from(source, (label) => num[label] ?? 0n),
    numUnit,
  };
}

/** The integers from `from` to `to` in the order of `compare`, equal ones as they were. */
function sortedRange(
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i).sort(compare);
}

/** The nodes of top as a profile of its own: one location each, `cum` and `flat` as values. */
export function encodeTopProto(report: Report): Uint8Array<ArrayBuffer> {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  const { sampleUnit } = report.options;
  const unit = report.outputUnit;
  const order = new StringOrder();
  const functions: { name: string; file: string; startLine: number }[] = [];
  const functionIds = new Map<string, number>();
  const lines: { fn: number; line: number; column: number; address: bigint }[] = [];
  const cum: number[] = [];
  const flat: number[] = [];
  for (const node of graph.nodes) {
    const { name, file, startLine, line, column, address } = graph.infoOf(node);
    const key = JSON.stringify([name, file, startLine]);
    let fn = functionIds.get(key);
    if (fn === undefined) {
      fn = functions.length;
      functionIds.set(key, fn);
      functions.push({ name, file, startLine });
    }
    lines.push({ fn, line, column, address });
    const inUnit = (value: number) => Math.trunc(scale(value, sampleUnit, unit).value) + 0;
    cum.push(inUnit(cumValue(graph.values, node)));
    flat.push(inUnit(flatValue(graph.values, node)));
  }
  const count = lines.length;
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  const values: ValueColumn[] = [Float64Array.from(cum), Float64Array.from(flat)];
  return encodePprof(
    inGoOrder({
      ...report.profile,
      sampleTypes: [
        { type: 'cum', unit },
        { type: 'flat', unit },
      ],
      defaultSampleType: '',
      mappings: [],
      functions: functionTable(functions, order),
      locations: locationTable(lines),
      strings: order.strings,
      stacks: {
        length: count,
        start: Uint32Array.from({ length: count + 1 }, (_, i) => i),
        locations: rows,
      },
      labelSets: new LabelSetBuilder().finish(() => 0),
      samples: { length: count, stack: rows, labelSet: new Uint32Array(count), values },
      comments: [],
      dropFrames: '',
      keepFrames: '',
      docUrl: '',
    }),
  );
}

function functionTable(
  rows: readonly { name: string; file: string; startLine: number }[],
  order: StringOrder,
): FunctionTable {
  return {
    length: rows.length,
    id: BigUint64Array.from(rows, (_, i) => BigInt(i + 1)),
    name: Int32Array.from(rows, (row) => order.index(row.name)),
    systemName: new Int32Array(rows.length),
    filename: Int32Array.from(rows, (row) => order.index(row.file)),
    startLine: Float64Array.from(rows, (row) => row.startLine),
  };
}

function locationTable(
  rows: readonly { fn: number; line: number; column: number; address: bigint }[],
): LocationTable {
  return {
    length: rows.length,
    id: BigUint64Array.from(rows, (_, i) => BigInt(i + 1)),
    mapping: new Int32Array(rows.length).fill(-1),
    address: BigUint64Array.from(rows, (row) => row.address),
    isFolded: new Uint8Array(rows.length),
    lineStart: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i),
    lineFunction: Int32Array.from(rows, (row) => row.fn),
    lineNumber: Float64Array.from(rows, (row) => row.line),
    lineColumn: Float64Array.from(rows, (row) => row.column),
  };
}
