/**
 * From a profile and pprof's options to the report that is printed or drawn: the rules that commands
 * have for options, label frames, filters, and the total.
 *
 * generateRawReport, applyCommandOverrides and reportOptions of Go 1.26's pprof
 * (internal/driver/driver.go). Pure: the command line, the page's server and a dropped file use it.
 * Cost: that of the filters, one pass over the samples.
 */
import { UserError } from '../../base/errors.ts';
import { type FilterMatches, filterProfileReporting } from '../../profile/filter.ts';
import type { Profile } from '../../profile/profile.ts';
import { compileMatcher } from '../../profile/regexp.ts';
import { basePath } from './gotext.ts';
import type { Detail, ReportFormat, ReportOptions } from './options.ts';
import { computeTotal, type FormatTime, type Report } from './report.ts';
import { sampleIndexByName } from './sampleindex.ts';
import { addTagFrames } from './tagroot.ts';
import { labelUnits } from './units.ts';

/** pprof's options that a report depends on; named as pprof names them. */
export interface ReportSettings {
  readonly call_tree: boolean;
  readonly relative_percentages: boolean;
  readonly unit: string;
  readonly compact_labels: boolean;
  readonly source_path: string;
  readonly trim_path: string;
  readonly mean: boolean;
  readonly sample_index: string;
  readonly divide_by: number;
  readonly sort: string;
  readonly tagroot: string;
  readonly tagleaf: string;
  readonly drop_negative: boolean;
  /** -1 = the command's own number. */
  readonly nodecount: number;
  readonly nodefraction: number;
  readonly edgefraction: number;
  readonly trim: boolean;
  readonly focus: string;
  readonly ignore: string;
  readonly prune_from: string;
  readonly hide: string;
  readonly show: string;
  readonly show_from: string;
  readonly tagfocus: string;
  readonly tagignore: string;
  readonly tagshow: string;
  readonly taghide: string;
  readonly noinlines: boolean;
  readonly showcolumns: boolean;
  readonly granularity: string;
}

/** What a report is made of. */
export interface ReportRequest {
  /** pprof's name of the command: `top`, `peek`, `svg`. */
  readonly command: string;
  readonly format: ReportFormat;
  /** What peek, list and disasm look for. */
  readonly parameter: string | undefined;
}

/** Where a report comes from and what it says on its way. */
export interface ReportSurroundings {
  readonly formatTime: FormatTime;
  /** One message: an expression that matched nothing, units of labels that were left out. */
  readonly message: (text: string) => void;
}

/** A report before it is printed. Throws `UserError` for options that cannot be met. */
export function reportOf(
  profile: Profile,
  request: ReportRequest,
  given: ReportSettings,
  { formatTime, message }: ReportSurroundings,
): Report {
  const numLabelUnits = labelUnits(profile, message);
  const settings = withOverrides(request.command, request.format, given);
  const tagged = addTagFrames(
    profile,
    keys(settings.tagroot),
    keys(settings.tagleaf),
    settings.unit,
  );
  if (settings.tagroot !== '' && !tagged.rootMatched) noMatches('TagRoot', message);
  if (settings.tagleaf !== '' && !tagged.leafMatched) noMatches('TagLeaf', message);
  const filtered = () => applyFilters(tagged.profile, settings, message);
  let shown = settings.relative_percentages ? filtered() : tagged.profile;
  const options = reportOptions(shown, request, settings, numLabelUnits);
  const total = computeTotal(shown, options);
  if (!settings.relative_percentages) shown = filtered();
  return { profile: shown, options, total, formatTime, outputUnit: options.outputUnit };
}

function keys(list: string): string[] {
  return list.split(',').filter((key) => key !== '');
}

/** Commands decide on some options themselves. */
function withOverrides(name: string, format: ReportFormat, given: ReportSettings): ReportSettings {
  const config: { -readonly [Key in keyof ReportSettings]: ReportSettings[Key] } = { ...given };
  let { trim } = config;
  switch (name) {
    case 'disasm':
    case 'weblist':
      trim = false;
      config.granularity = 'addresses';
      config.noinlines = name === 'disasm';
      break;
    case 'peek':
      trim = false;
      break;
    case 'list':
      trim = false;
      config.granularity = 'lines';
      break;
    case 'text':
    case 'top':
    case 'topproto':
    case 'csv':
    case 'json':
      if (config.nodecount === -1) config.nodecount = 0;
      break;
    default:
      if (config.nodecount === -1) config.nodecount = 80;
  }
  if (format === 'proto' || format === 'raw' || format === 'callgrind') {
    trim = false;
    config.granularity = 'addresses';
  }
  if (!trim) return { ...config, nodecount: 0, nodefraction: 0, edgefraction: 0 };
  return config;
}

/** What stays apart at a granularity. */
export function detailOf(config: ReportSettings): Detail {
  const inlines = !config.noinlines;
  const columns = config.showcolumns;
  const none = { inlines, functions: false, filenames: false, lines: false, addresses: false };
  switch (config.granularity) {
    case '':
    case 'functions':
      return { ...none, functions: true, columns };
    case 'filefunctions':
      return { ...none, functions: true, filenames: true, columns };
    case 'files':
      return { ...none, filenames: true, columns };
    case 'lines':
      return { ...none, functions: true, filenames: true, lines: true, columns };
    default: {
      const all = { functions: true, filenames: true, lines: true, addresses: true };
      // With inlines nothing at all is merged, columns included.
      return { ...all, inlines, columns: columns || inlines };
    }
  }
}

const FILTERS = [
  'focus',
  'ignore',
  'hide',
  'show',
  'show_from',
  'tagfocus',
  'tagignore',
  'tagshow',
  'taghide',
] as const;

function reportOptions(
  profile: Profile,
  { format, parameter }: ReportRequest,
  config: ReportSettings,
  numLabelUnits: ReadonlyMap<string, string>,
): ReportOptions {
  if (profile.sampleTypes.length === 0) throw refused('profile has no samples');
  const sampleIndex = sampleIndexByName(profile, config.sample_index);
  if (typeof sampleIndex === 'string') throw refused(sampleIndex);
  const sample = profile.sampleTypes[sampleIndex] ?? { type: '', unit: '' };
  if (config.divide_by === 0) throw refused('zero divisor specified');
  const main = profile.mappings[0]?.file ?? '';
  return {
    format,
    detail: detailOf(config),
    cumSort: config.sort === 'cum',
    callTree: config.call_tree,
    dropNegative: config.drop_negative,
    compactLabels: config.compact_labels,
    ratio: 1 / config.divide_by,
    title: main === '' ? '' : basePath(main),
    activeFilters: FILTERS.flatMap((name) =>
      config[name] === '' ? [] : [`${name}=${config[name]}`],
    ),
    numLabelUnits,
    nodeCount: config.nodecount,
    nodeFraction: config.nodefraction,
    edgeFraction: config.edgefraction,
    sampleIndex,
    mean: config.mean,
    sampleType: config.mean ? `mean_${sample.type}` : sample.type,
    sampleUnit: sample.unit,
    outputUnit: config.unit,
    symbol:
      parameter === undefined
        ? undefined
        : { text: parameter, matches: compileMatcher(parameter, 'argument') },
    sourcePath: config.source_path,
    trimPath: config.trim_path,
  };
}

const WARNINGS: readonly (readonly [keyof FilterMatches, string])[] = [
  ['focus', 'Focus'],
  ['ignore', 'Ignore'],
  ['hide', 'Hide'],
  ['show', 'Show'],
  ['showFrom', 'ShowFrom'],
  ['tagFocus', 'TagFocus'],
  ['tagIgnore', 'TagIgnore'],
  ['tagShow', 'TagShow'],
  ['tagHide', 'TagHide'],
];

function applyFilters(
  profile: Profile,
  config: ReportSettings,
  message: (text: string) => void,
): Profile {
  const { profile: filtered, matches } = filterProfileReporting(profile, {
    focus: config.focus,
    ignore: config.ignore,
    hide: config.hide,
    show: config.show,
    showFrom: config.show_from,
    tagFocus: config.tagfocus,
    tagIgnore: config.tagignore,
    tagShow: config.tagshow,
    tagHide: config.taghide,
    pruneFrom: config.prune_from,
  });
  for (const [key, name] of WARNINGS) if (matches[key] === false) noMatches(name, message);
  return filtered;
}

function noMatches(option: string, message: (text: string) => void): void {
  message(`${option} expression matched no samples`);
}

/** Said in pprof's words, which people search for. */
function refused(message: string): UserError {
  return new UserError('bad-option', message, 'See whygo pprof -h for the options');
}
