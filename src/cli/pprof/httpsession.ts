/**
 * What the page of `whygo pprof -http` is about: one profile, what it is compared with, and answers
 * to the page's questions about both.
 *
 * Runs in a worker thread (httpworker.ts). A question comes as pprof's own URL parameters and is
 * answered as pprof's commands would, by the same reports. Nothing in a question names a file: only
 * the sources of the command line, the settings file, and files that the profile names are read.
 * Answers are kept until the profile changes.
 */
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ProfileFile } from '../../api/filefindings.ts';
import type {
  PageDiff,
  PageHead,
  PageTree,
  WireAssembly,
  WireCallGraph,
  WirePeek,
  WireSource,
} from '../../api/pprofpage.ts';
import type { Findings } from '../../api/wire.ts';
import { UserError } from '../../base/errors.ts';
import { filterProfile } from '../../profile/filter.ts';
import { labelTotals } from '../../profile/labeltotals.ts';
import { type Profile, sampleIndexOf } from '../../profile/profile.ts';
import { normalize, subtractBase } from '../../report/pprof/combine.ts';
import { type FoldedFlame, flameTree, foldFlame } from '../../report/pprof/flametree.ts';
import { callGraphOf, peekOf } from '../../report/pprof/graphmodel.ts';
import { encodeInGoOrder } from '../../report/pprof/proto.ts';
import { DIFF_BASE_LABEL, profileLabels, type Report } from '../../report/pprof/report.ts';
import { textItems } from '../../report/pprof/text.ts';
import { groupedByLabel } from '../../report/reading/grouped.ts';
import { profileKind } from '../../report/reading/kind.ts';
import { withinSpan } from '../../report/reading/moments.ts';
import { wireTree } from '../../server/tree.ts';
import { inputLimit } from '../inputs.ts';
import type { Config } from './config.ts';
import { decodeInput } from './decode.ts';
import { makeReport } from './driver.ts';
import { fetchProfiles } from './fetch.ts';
import type { CodeReader } from './httpcode.ts';
import { startQuery } from './httpquery.ts';
import type { SampleQuestion } from './httpsamples.ts';
import { PprofError, type PprofIo } from './io.ts';
import { applyUrl, configMenu, removeConfig, saveConfigOfUrl, settingsFile } from './settings.ts';
import type { CommandLine } from './source.ts';

/** Nodes of the first picture: below half a pixel of a wide window. */
const MIN_SHARE = 1 / 4000;
/** Some 25 bytes of JSON each, and the names beside them: below 1 MB. */
const MAX_NODES = 20_000;
const MAX_PEEKED = 50;
/** Functions whose code is shown when none is asked for. */
const UNASKED = 10;
/** Folded stacks are large: the shown one and the one before, to go back to. */
const FOLDED_KEPT = 2;
const ANSWERS_KEPT = 64;

/** Parameters that change how a folded flame is cut, not how it is folded. */
const CUTTING = ['zoom'];

interface Folding {
  readonly folded: FoldedFlame;
  readonly grandTotal: number;
  readonly warnings: readonly string[];
}

export class ProfileSession {
  private readonly line: CommandLine;
  private readonly io: PprofIo;
  /** Without the base. */
  private own: Profile;
  private base: { readonly title: string; readonly profile: Profile } | undefined;
  /** Both, as reports take them. */
  private profile: Profile;
  private openedAt = Date.now();
  private readonly answers = new Map<string, string>();
  private readonly folded = new Map<string, Folding>();
  private code: CodeReader | undefined;
  /** Messages of the report that is being made. */
  private warnings: string[] = [];

  private constructor(line: CommandLine, io: PprofIo, own: Profile, base: Profile | undefined) {
    this.line = line;
    this.io = { ...io, message: (text) => void this.warnings.push(text) };
    this.own = own;
    const title = line.source.bases.map((source) => basename(source)).join(', ');
    this.base = base && { title, profile: base };
    this.profile = this.compared();
  }

  /** Fetches what the command line names. Throws `PprofError`. */
  static async open(line: CommandLine, io: PprofIo): Promise<ProfileSession> {
    const { own, base } = await fetchBoth(line, io);
    return new ProfileSession(line, io, own, base);
  }

  /** Makes the first picture before it is asked for. What fails here fails again when it is asked. */
  async warmUp(): Promise<void> {
    try {
      await this.answer('head', new URLSearchParams());
      await this.answer('tree', new URLSearchParams(startQuery(this.line.config)));
    } catch (error) {
      if (!(error instanceof PprofError) && !(error instanceof UserError)) throw error;
    }
  }

  /** Answers a question: JSON. Throws `PprofError` or `UserError`. */
  async answer(question: string, params: URLSearchParams): Promise<string> {
    // What is saved may change under us: pprof itself may write it.
    if (question === 'configs') return JSON.stringify({ configs: this.configs(params) });
    const key = `${question}?${params}`;
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const answer = JSON.stringify(await this.computed(question, params));
    const [oldest] = this.answers.keys();
    if (this.answers.size >= ANSWERS_KEPT && oldest !== undefined) this.answers.delete(oldest);
    this.answers.set(key, answer);
    return answer;
  }

  private computed(question: string, params: URLSearchParams): unknown {
    this.warnings = [];
    switch (question) {
      case 'head':
        return this.head();
      case 'tree':
        return this.tree(params);
      case 'labels':
        return this.labels(params);
      case 'findings':
        return this.findings();
      case 'graph':
        return this.graph(params);
      case 'peek':
        return this.peek(params);
      case 'notes':
      case 'who':
      case 'labeltable':
      case 'heatmap':
        return this.samples(question, params);
      case 'source':
        return this.source(params);
      case 'disasm':
        return this.disasm(params);
      default:
        throw new UserError(
          'unknown-endpoint',
          `There is no question “${question}”`,
          'reload the page',
        );
    }
  }

  /** Fetches every source again. Throws `PprofError`, and keeps what there is. */
  async reload(): Promise<string> {
    this.warnings = [];
    const uploaded = this.base !== undefined && this.line.source.bases.length === 0;
    const { own, base } = await fetchBoth(this.line, this.io);
    this.own = own;
    if (!uploaded) this.base = this.base && base && { ...this.base, profile: base };
    return this.changed();
  }

  /** Compares with a profile that came with a request. Throws `DecodeError` or `UserError`. */
  async compare(title: string, bytes: Uint8Array): Promise<string> {
    const before = this.base;
    const { profile } = await decodeInput(bytes, title, inputLimit(this.io.env));
    this.base = { title, profile };
    try {
      return await this.changed();
    } catch (error) {
      this.base = before;
      throw error;
    }
  }

  compareNoMore(): Promise<string> {
    this.base = undefined;
    return this.changed();
  }

  /** The profile as the command line gave it, gzipped. */
  download(): Uint8Array {
    return gzipSync(encodeInGoOrder(this.profile));
  }

  saveConfig(params: URLSearchParams): void {
    saveConfigOfUrl(this.settingsFile(), params, this.line.config);
  }

  deleteConfig(name: string): void {
    removeConfig(this.settingsFile(), name);
  }

  private configs(params: URLSearchParams): unknown {
    return configMenu(this.settingsFile(), params, this.line.config);
  }

  private settingsFile(): string {
    return settingsFile(this.io.env, process.platform);
  }

  private changed(): Promise<string> {
    this.profile = this.compared();
    this.openedAt = Date.now();
    this.answers.clear();
    this.folded.clear();
    this.code = undefined;
    return this.answer('head', new URLSearchParams());
  }

  private compared(): Profile {
    const { own, base } = this;
    if (base === undefined) return own;
    const scaled = this.line.source.normalize ? normalize(own, base.profile) : own;
    // Marked in any case, for the flame graph of both sides.
    return subtractBase(scaled, base.profile, true);
  }

  /** With -base, percentages are of the difference: no sample is marked. */
  private reported(): Profile {
    const { bases, diffBase } = this.line.source;
    if (this.base === undefined || diffBase || bases.length === 0) return this.profile;
    return filterProfile(this.profile, { tagHide: `^${DIFF_BASE_LABEL}$` });
  }

  private config(params: URLSearchParams): Config {
    const config = applyUrl(this.line.config, params);
    const text = (name: 'tagroot' | 'tagleaf') => params.get(name) ?? config[name];
    return { ...config, output: '', tagroot: text('tagroot'), tagleaf: text('tagleaf') };
  }

  private report(
    command: readonly [string] | readonly [string, string],
    params: URLSearchParams,
    more: Partial<Config> = {},
    whole = this.reported(),
  ): Report {
    const config = { ...this.config(params), ...more };
    return makeReport(narrowed(whole, params), command, config, this.io);
  }

  private head(): PageHead {
    const { sources } = this.line.source;
    const report = this.report(['top'], new URLSearchParams());
    const sampleTypes = [...this.own.sampleTypes];
    const first = report.options.sampleIndex;
    sampleTypes.unshift(...sampleTypes.splice(first, 1));
    return {
      title: titleOf(sources),
      sources: [...sources],
      base: this.base?.title ?? '',
      type: this.file().type,
      sampleTypes,
      details: profileLabels(report),
      docUrl: this.own.docUrl,
      openedAt: this.openedAt,
    };
  }

  private file(): ProfileFile {
    const name = this.line.source.sources[0] ?? '';
    const { own } = this;
    return {
      name: titleOf(this.line.source.sources),
      type: profileKind(own, basename(name)),
      start: own.timeNanos > 0n ? Number(own.timeNanos / 1_000_000n) : this.openedAt,
      durationMs: Number(own.durationNanos) / 1e6,
      profile: own,
    };
  }

  private tree(params: URLSearchParams): PageTree | PageDiff {
    const { folded, grandTotal, warnings } = this.fold(params);
    const zoom = params.getAll('zoom');
    const limits = { minShare: MIN_SHARE, maxNodes: MAX_NODES, zoom };
    const { tree, base } = flameTree(folded, limits);
    const { type, start, durationMs } = this.file();
    const to = start + durationMs;
    const head = { service: '', type, from: start, to, profiles: 1, durationMs };
    const relative = this.config(params).relative_percentages;
    const wire = {
      ...wireTree(tree, head, folded.sampleType),
      grandTotal: relative ? (tree.total[0] ?? 0) : grandTotal,
      warnings,
    };
    if (base === undefined) return wire;
    const baseProfile = this.base?.profile;
    const baseFrom = Number((baseProfile?.timeNanos ?? 0n) / 1_000_000n);
    const baseDurationMs = Number(baseProfile?.durationNanos ?? 0n) / 1e6;
    return {
      ...wire,
      baseFrom,
      baseTo: baseFrom + baseDurationMs,
      baseProfiles: 1,
      baseDurationMs,
      baseSelf: Array.from(base.self),
      baseTotal: Array.from(base.total),
    };
  }

  private fold(params: URLSearchParams): Folding {
    const asked = new URLSearchParams(params);
    for (const name of CUTTING) asked.delete(name);
    const key = asked.toString();
    const known = this.folded.get(key);
    if (known !== undefined) return known;
    const report = this.report(['svg'], params, { trim: false }, this.profile);
    const group = params.get('group') ?? '';
    const profile = group === '' ? report.profile : groupedByLabel(report.profile, group);
    const folded = {
      folded: foldFlame({ ...report, profile }, params.get('inverted') === '1'),
      grandTotal: this.grandTotal(report, params),
      warnings: this.warnings,
    };
    const [oldest] = this.folded.keys();
    if (this.folded.size >= FOLDED_KEPT && oldest !== undefined) this.folded.delete(oldest);
    this.folded.set(key, folded);
    return folded;
  }

  /** Of the profile without filters (but for chosen labels) and without its base. */
  private grandTotal({ options }: Report, params: URLSearchParams): number {
    const profile = narrowed(this.own, params);
    // A comparison has the sample types that both sides have.
    const { type = '' } = this.profile.sampleTypes[options.sampleIndex] ?? {};
    const values = profile.samples.values[sampleIndexOf(profile, type)] ?? [];
    let sum = 0;
    for (const value of values) sum += Number(value);
    return sum * options.ratio;
  }

  private labels(params: URLSearchParams): unknown {
    const report = this.report(['svg'], params, { trim: false });
    return labelTotals(report.profile, report.options.sampleIndex, params.get('key') ?? '');
  }

  private graph(params: URLSearchParams): WireCallGraph {
    return { ...callGraphOf(this.report(['svg'], params)), warnings: this.warnings };
  }

  private peek(params: URLSearchParams): WirePeek {
    const report = this.report(['peek', params.get('symbol') ?? ''], params);
    return { ...peekOf(report, MAX_PEEKED), warnings: this.warnings };
  }

  /** What single samples tell, after the filters; without the base. */
  private async samples(question: SampleQuestion, params: URLSearchParams): Promise<unknown> {
    const { sampleAnswer } = await import('./httpsamples.ts');
    const { type, durationMs } = this.file();
    // How to read a profile does not depend on what is looked at: “idle” is of all samples.
    const asked =
      question === 'notes' ? new URLSearchParams({ si: params.get('si') ?? '' }) : params;
    const { profile, options } = this.report(['svg'], asked, { trim: false }, this.own);
    const { sampleIndex } = options;
    return sampleAnswer(question, profile, {
      kind: type,
      sampleIndex,
      durationMs,
      ownModules: params.getAll('own'),
    });
  }

  private async findings(): Promise<Findings> {
    const [{ findingsOf }, { explain }] = await Promise.all([
      import('../../api/filefindings.ts'),
      import('../../explain/explain.ts'),
    ]);
    return findingsOf([this.file()], explain);
  }

  private async source(params: URLSearchParams): Promise<WireSource> {
    const code = await this.codeReader();
    const names = this.heaviest(params);
    const hasAddresses = this.profile.locations.address.some((address) => address !== 0n);
    const command = hasAddresses ? 'weblist' : 'list';
    const report = this.report([command, this.symbolOr(names, params)], params);
    const matched = names.filter((name) => report.options.symbol?.matches(name) ?? true).length;
    return code.source(report, matched, this.config(params).intel_syntax);
  }

  private async disasm(params: URLSearchParams): Promise<WireAssembly> {
    const code = await this.codeReader();
    const symbol = this.symbolOr(this.heaviest(params), params);
    return code.assembly(this.report(['disasm', symbol], params), this.config(params).intel_syntax);
  }

  private async codeReader(): Promise<CodeReader> {
    const { CodeReader } = await import('./httpcode.ts');
    this.code ??= new CodeReader(this.io.cwd);
    return this.code;
  }

  /** All functions, by falling flat value. */
  private heaviest(params: URLSearchParams): readonly string[] {
    const settings = { granularity: 'functions', trim: false, sort: 'flat' };
    return textItems(this.report(['top'], params, settings)).items.map(({ name }) => name);
  }

  /** The asked pattern, else one that matches the heaviest functions. */
  private symbolOr(names: readonly string[], params: URLSearchParams): string {
    const symbol = params.get('symbol') ?? '';
    if (symbol !== '') return symbol;
    const escaped = names
      .slice(0, UNASKED)
      .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return `^(${escaped.join('|')})$`;
  }
}

/** Only samples with the labels, and of the time, that are asked for. */
function narrowed(profile: Profile, params: URLSearchParams): Profile {
  const labels: Record<string, string> = {};
  for (const [name, value] of params) {
    if (name.startsWith('label.')) labels[name.slice('label.'.length)] = value;
  }
  const labelled = Object.keys(labels).length > 0 ? filterProfile(profile, { labels }) : profile;
  const [from = '', to = ''] = (params.get('within') ?? '').split('-');
  return to === '' ? labelled : withinSpan(labelled, { from: Number(from), to: Number(to) });
}

function titleOf(sources: readonly string[]): string {
  const [first = ''] = sources;
  const name = first.includes('://') ? first : basename(first);
  return sources.length > 1 ? `${name} and ${sources.length - 1} more` : name;
}

/** The profile and its base, each by itself: they are compared and taken apart while they are shown. */
async function fetchBoth(
  { source }: CommandLine,
  io: PprofIo,
): Promise<{ readonly own: Profile; readonly base: Profile | undefined }> {
  const { bases } = source;
  const [own, base] = await Promise.all([
    fetchProfiles({ ...source, bases: [] }, io),
    bases.length > 0 ? fetchProfiles({ ...source, sources: bases, bases: [] }, io) : undefined,
  ]);
  return { own, base };
}
