/**
 * Findings as the page names and marks them. Pure: no elements, no fetching.
 *
 * Severity is said with a shape and a word, never with hue alone.
 */
import type { WireFinding } from '../../api/wire.ts';
import type { Range, ViewState } from '../app/url.ts';
import { INITIAL_VIEW, type ProfileView } from '../profile/view.ts';

export type Severity = WireFinding['severity'];

/** ◆ high, ● medium, ○ low, · info. */
export const SEVERITY_SIGNS: Readonly<Record<Severity, string>> = {
  high: '◆',
  medium: '●',
  low: '○',
  info: '·',
};

/** The finding's name in a URL: kind and the moment it was first seen. */
export function findingKey(finding: WireFinding): string {
  return `${finding.kind}@${finding.at}`;
}

/** The finding a URL names: of that kind, the one seen nearest to that moment. */
export function findingOf(findings: readonly WireFinding[], key: string): WireFinding | undefined {
  const at = key.lastIndexOf('@');
  const kind = at < 0 ? key : key.slice(0, at);
  const time = at < 0 ? 0 : Number(key.slice(at + 1));
  return findings
    .filter((finding) => finding.kind === kind)
    .sort((a, b) => Math.abs(a.at - time) - Math.abs(b.at - time))[0];
}

/** `cart.go:42`; the whole path is for the title. '' when the file is unknown. */
export function placeText(place: { readonly file: string; readonly line: number }): string {
  const name = place.file.slice(place.file.lastIndexOf('/') + 1);
  return place.line > 0 && name !== '' ? `${name}:${place.line}` : name;
}

/** An RE2 pattern that matches exactly this function. */
export function exactly(name: string): string {
  return `^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

/** The profile that shows a finding best when its evidence names none. */
const TYPE_OF_KIND: Readonly<Record<string, string>> = {
  'gc-cost': 'allocs',
  'heap-leak': 'heap',
  'goroutine-leak': 'goroutine',
  'lock-contention': 'mutex',
  'thread-growth': 'threadcreate',
  stuck: 'goroutine',
};

/** The view that a piece of evidence names. */
export type EvidenceView = NonNullable<WireFinding['evidence'][number]['view']>;

function profileOf(view: EvidenceView | undefined, finding: WireFinding): Partial<ProfileView> {
  const named = finding.where[0]?.function;
  const pattern = view?.focus ?? (named === undefined ? '' : exactly(named));
  return {
    ...INITIAL_VIEW,
    type: view?.type ?? TYPE_OF_KIND[finding.kind] ?? 'cpu',
    sample: view?.sampleType ?? '',
    view: view?.view === 'table' ? 'table' : 'flame',
    focus: pattern,
    search: pattern,
  };
}

/**
 * The view that proves a finding: its range on the axis, its profile below, focused on its frames and
 * with them lit. `evidence` takes the view of that piece of evidence instead of the first one.
 */
export function viewOfFinding(
  finding: WireFinding,
  current: ViewState,
  evidence?: EvidenceView,
): Partial<ViewState> {
  const view = evidence ?? finding.evidence.find((item) => item.view !== undefined)?.view;
  return {
    finding: findingKey(finding),
    selection: rangeOf(finding),
    base: undefined,
    profile: { ...current.profile, ...profileOf(view, finding) },
  };
}

export function rangeOf(finding: WireFinding): Range | undefined {
  return finding.to > finding.from ? { from: finding.from, to: finding.to } : undefined;
}

export interface MarkGroup {
  /** Pixels from the left of the chart. */
  readonly x: number;
  /** Most important first; never empty. */
  readonly findings: readonly [WireFinding, ...WireFinding[]];
}

/** Marks that would lie on each other become one. Order of `findings` is importance. */
export function groupMarks(
  findings: readonly WireFinding[],
  xOf: (time: number) => number,
  width: number,
  room: number,
): readonly MarkGroup[] {
  const groups: { x: number; findings: [WireFinding, ...WireFinding[]] }[] = [];
  for (const finding of findings) {
    const x = xOf(finding.at);
    if (x < 0 || x > width) continue;
    const near = groups.find((group) => Math.abs(group.x - x) < room);
    if (near === undefined) groups.push({ x, findings: [finding] });
    else near.findings.push(finding);
  }
  return groups;
}
