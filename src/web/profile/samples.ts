/**
 * The questions about single samples, for every source: its own answers, or those of its merged
 * profile, which is downloaded and asked in a worker of this tab.
 *
 * A server keeps trees and columns; what labels, moments and reading rules need is the profile. It is
 * fetched once for each type, range and label filter, and only when something here is asked.
 */

import { diffCallTrees } from '../../profile/difftree.ts';
import { isInstant } from '../../profile/instant.ts';
import type { ProfileSource, SampleQuestions, TreeQuery } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';

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

  async tree(query: TreeQuery, signal: AbortSignal): Promise<ProfileTree> {
    const { groupBy: _, within: __, ...plain } = query;
    const [whole, local] = await Promise.all([
      this.source.tree(plain, signal),
      this.ask(query, signal, (samples, asked) => samples.tree(asked, signal)),
    ]);
    return divided({ ...local, service: whole.service, coverage: whole.coverage });
  }

  async diff(
    query: Parameters<SampleQuestions['diff']>[0],
    signal: AbortSignal,
  ): Promise<ProfileTree> {
    const { base: range, baseLabels, ...now } = query;
    const before = await this.tree({ ...now, range, labels: baseLabels }, signal);
    const current = await this.tree(now, signal);
    const { baseSelf, baseTotal, ...tree } = diffCallTrees(before.tree, current.tree);
    const base = { coverage: before.coverage, self: baseSelf, total: baseTotal };
    return { ...current, tree, base };
  }

  notes(query: TreeQuery, signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.notes(asked, signal));
  }

  who(query: TreeQuery, ownModules: readonly string[], signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.who(asked, ownModules, signal));
  }

  labelTable(query: TreeQuery, signal: AbortSignal) {
    return this.ask(query, signal, (samples, asked) => samples.labelTable(asked, signal));
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
    const file = await this.fileOf(query);
    signal.throwIfAborted();
    const [type] = await file.types(signal);
    const { samples } = file;
    if (type === undefined || samples === undefined) throw new Error('a file without profiles');
    return question(samples, { ...query, type: type.type, range: undefined });
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

/** Merged readings of a moment were added up: they are divided by how many there were. */
function divided(tree: ProfileTree): ProfileTree {
  const { profiles } = tree.coverage;
  if (profiles <= 1 || !isInstant(tree.type, tree.sampleType)) return tree;
  const by = (column: Float64Array) => column.map((value) => value / profiles);
  return {
    ...tree,
    tree: { ...tree.tree, self: by(tree.tree.self), total: by(tree.tree.total) },
  };
}
