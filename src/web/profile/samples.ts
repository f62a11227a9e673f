/**
 * The questions about single samples, for a source that keeps none: a server's store.
 *
 * Labels are asked of the source itself, value by value, as its merged profile has none any more;
 * whatever else needs the profile downloads it once for each type, range and label filter, and only
 * when it is asked for.
 */
import type { Labels } from '../../api/wire.ts';
import type { CallTree } from '../../profile/calltree.ts';
import { diffCallTrees } from '../../profile/difftree.ts';
import { WITHOUT } from '../../report/reading/grouped.ts';
import type { LabelKey, LabelTable, LabelValue } from '../../report/reading/labeltable.ts';
import type { DiffQuery, ProfileSource, SampleQuestions, TreeQuery } from '../data/source.ts';
import { type ProfileTree, spansOf } from '../data/tree.ts';

/** Trees of single values that are asked for; the others stand under one name. */
const MOST_GROUPS = 24;

/** True when a tree cannot come from a source that knows only trees. */
export function needsSamples({ groupBy = '', within }: TreeQuery): boolean {
  return groupBy !== '' || within !== undefined;
}

/** Holds the profile that was downloaded last. */
export class LocalSamples implements SampleQuestions {
  private readonly source: ProfileSource;
  private held: { readonly key: string; readonly file: Promise<ProfileSource> } | undefined;

  constructor(source: ProfileSource) {
    this.source = source;
  }

  close(): void {
    void this.held?.file.then((file) => file.close());
    this.held = undefined;
  }

  /** Under the values of `groupBy`, each asked for by itself. */
  async tree({ groupBy = '', within: _, ...query }: TreeQuery, signal: AbortSignal) {
    const whole = await this.source.tree(query, signal);
    if (groupBy === '') return whole;
    const { values } = await this.source.labels(query, groupBy, signal);
    const named = values.filter(({ value }) => value !== '').slice(0, MOST_GROUPS);
    const trees = await Promise.all(
      named.map(async ({ value }) => {
        const labels = { ...query.labels, [groupBy]: value };
        return { name: value, tree: (await this.source.tree({ ...query, labels }, signal)).tree };
      }),
    );
    return { ...whole, tree: joined(whole.tree, trees, groupBy) };
  }

  async diff(query: DiffQuery, signal: AbortSignal): Promise<ProfileTree> {
    const { base: range, baseLabels, ...now } = query;
    const before = await this.tree({ ...now, range, labels: baseLabels }, signal);
    const current = await this.tree(now, signal);
    const { baseSelf, baseTotal, ...tree } = diffCallTrees(before.tree, current.tree);
    const base = { coverage: before.coverage, self: baseSelf, total: baseTotal };
    return { ...current, tree, base };
  }

  async labelTable(query: TreeQuery, signal: AbortSignal): Promise<LabelTable> {
    const { keys } = await this.source.labels(query, '', signal);
    const answers = await Promise.all(
      keys.map(async (key) => ({ key, ...(await this.source.labels(query, key, signal)) })),
    );
    const { tree } = await this.source.tree(query, signal);
    const total = tree.total[0] ?? 0;
    const rows = answers.map(({ key, values }) => keyOf(key, values, total));
    const withoutOf = ({ values }: LabelKey) =>
      values.find(({ value }) => value === undefined)?.total ?? 0;
    rows.sort((a, b) => withoutOf(a) - withoutOf(b) || (a.key < b.key ? -1 : 1));
    return { total, unit: tree.unit, keys: rows };
  }

  notes(query: TreeQuery, signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.notes(asked, signal));
  }

  who(query: TreeQuery, ownModules: readonly string[], signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.who(asked, ownModules, signal));
  }

  heatMap(query: TreeQuery, signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.heatMap(asked, signal));
  }

  /** Asks the downloaded profile; it has one type, whatever the source calls it. */
  private async ask<T>(
    query: TreeQuery,
    signal: AbortSignal,
    question: (samples: SampleQuestions, asked: TreeQuery) => Promise<T>,
  ): Promise<T> {
    const [file, { coverage }] = await Promise.all([
      this.fileOf(query),
      this.source.tree(query, signal),
    ]);
    signal.throwIfAborted();
    const [type] = await file.types(signal);
    const { samples } = file;
    if (type === undefined || samples === undefined) throw new Error('a file without profiles');
    // The source has narrowed to the labels already.
    const narrowed = { ...query, type: type.type, range: undefined, labels: {} };
    return question(samples, { ...narrowed, readings: coverage.profiles });
  }

  private fileOf({ type, range, labels, sample }: TreeQuery): Promise<ProfileSource> {
    const key = JSON.stringify([type, range, labels]);
    if (this.held?.key === key) return this.held.file;
    this.close();
    const file = this.download({ type, sample, range, labels, inverted: false });
    this.held = { key, file };
    // A failure is not kept: the next question tries again.
    file.catch(() => {
      if (this.held?.key === key) this.held = undefined;
    });
    return file;
  }

  private async download(query: TreeQuery): Promise<ProfileSource> {
    const [blob, { fileSource }] = await Promise.all([
      this.source.download(query, new AbortController().signal),
      import('../data/file.ts'),
    ]);
    return fileSource(new File([blob], `${query.type}.pb.gz`));
  }
}

/** A label as the table has it; what is left of the total has none of its values. */
function keyOf(key: string, answered: Labels['values'], total: number): LabelKey {
  const values: LabelValue[] = answered
    .filter(({ value }) => value !== '')
    .map((of) => ({ ...of, samples: 0 }));
  const distinct = values.length;
  const rest = values.reduce((left, value) => left - value.total, total);
  // Averages do not add up to the last digit.
  if (rest > total * 1e-9) values.push({ value: undefined, total: rest, samples: 0 });
  values.sort((a, b) => b.total - a.total);
  return { key, kind: 'text', unit: '', distinct, values, distribution: [] };
}

/** One tree whose outermost frames are the names; what none of them has stands under WITHOUT. */
function joined(
  whole: CallTree,
  trees: readonly { readonly name: string; readonly tree: CallTree }[],
  key: string,
): CallTree {
  const frames = { name: [] as string[], file: [] as string[], line: [] as number[] };
  const nodes = { frame: [-1], parent: [-1], self: [0], total: [whole.total[0] ?? 0] };
  const inlined = [0];
  let rest = whole.total[0] ?? 0;
  const add = (frame: number, parent: number, self: number, total: number, inline: number) => {
    nodes.frame.push(frame);
    nodes.parent.push(parent);
    nodes.self.push(self);
    nodes.total.push(total);
    inlined.push(inline);
  };
  const addFrame = (name: string, file: string, line: number): number => {
    frames.file.push(file);
    frames.line.push(line);
    return frames.name.push(name) - 1;
  };
  for (const { name, tree } of trees) {
    const first = frames.name.length + 1;
    const root = nodes.frame.length;
    const total = tree.total[0] ?? 0;
    rest -= total;
    add(addFrame(name, key, 0), 0, tree.self[0] ?? 0, total, 0);
    tree.frames.name.forEach((text, frame) => {
      addFrame(text, tree.frames.file[frame] ?? '', tree.frames.line[frame] ?? 0);
    });
    for (let node = 1; node < tree.length; node++) {
      const parent = root + (tree.parent[node] ?? 0);
      const frame = first + (tree.frame[node] ?? 0);
      add(frame, parent, tree.self[node] ?? 0, tree.total[node] ?? 0, tree.inlined[node] ?? 0);
    }
  }
  // Samples without the label, or with one of its rarer values: their stacks were not asked for.
  if (rest > 0) add(addFrame(WITHOUT, key, 0), 0, rest, rest, 0);
  return {
    frames: { ...frames, length: frames.name.length, line: Float64Array.from(frames.line) },
    length: nodes.frame.length,
    frame: Int32Array.from(nodes.frame),
    parent: Int32Array.from(nodes.parent),
    ...spansOf(nodes.parent),
    inlined: Uint8Array.from(inlined),
    self: Float64Array.from(nodes.self),
    total: Float64Array.from(nodes.total),
    unit: whole.unit,
    omittedNodes: whole.omittedNodes,
  };
}
