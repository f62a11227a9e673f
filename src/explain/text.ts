/**
 * A findings report for the terminal: at most five findings, each what, where and how sure, with its
 * evidence below, what to do, and last what could not be told. Pure; colour and width are the caller's.
 */
import type { Evidence, Finding, FindingsReport, Place, Severity } from './finding.ts';
import { percent, plural, shortName } from './wording.ts';

export interface ReportTextOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns to fill; 80 unless given. */
  readonly width?: number;
}

const MOST_FINDINGS = 5;

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  yellow: '33',
  cyan: '36',
};

const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = {
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
};

export function formatReport(report: FindingsReport, options: ReportTextOptions = {}): string {
  const out = new Lines(options.width ?? 80, options.color ?? false);
  const shown = report.findings.slice(0, MOST_FINDINGS);
  out.add('', headline(report), '');
  for (const finding of shown) writeFinding(out, finding);
  const rest = report.findings.length - shown.length;
  if (rest > 0) out.blank().add('', `${plural(rest, 'finding')} more with --json.`, '', 'dim');
  if (report.notMeasurable.length > 0) {
    out.blank().add('', 'Could not be told', '', 'bold');
    for (const { question, why, collect } of report.notMeasurable) {
      out.add('  ', `${question}: ${why}.`, '    ');
      out.add('    → ', collect, '      ', 'dim');
    }
  }
  return out.text();
}

function headline(report: FindingsReport): string {
  const seconds = (Date.parse(report.window.to) - Date.parse(report.window.from)) / 1000;
  const serious = report.findings.filter((f) => f.severity === 'high' || f.severity === 'medium');
  const found =
    serious.length > 0
      ? plural(serious.length, 'finding')
      : report.findings.length > 0
        ? 'nothing serious'
        : 'nothing found';
  const span = Number.isFinite(seconds) && seconds > 0 ? ` in ${Math.round(seconds)} s` : '';
  return `${report.target}: ${found}${span}`;
}

function writeFinding(out: Lines, finding: Finding): void {
  const { severity } = finding;
  const [first, ...others] = finding.where;
  out.blank();
  out.add(
    `${out.style('●', SEVERITY_STYLE[severity])} `,
    `${finding.kind}: ${finding.title}`,
    '  ',
    'bold',
  );
  if (first !== undefined) out.add('  ', placeText(first), '    ');
  for (const place of others) out.add('  ', `then ${placeText(place)}`, '    ', 'dim');
  out.add(
    '  ',
    `${severity}, ${percent(finding.confidence)} sure; costs ${finding.impact}`,
    '    ',
  );
  for (const evidence of finding.evidence) writeEvidence(out, '+', evidence);
  for (const evidence of finding.counterEvidence) writeEvidence(out, '−', evidence);
  out.add('    do    ', finding.fix, '          ');
  out.add('    next  ', finding.next, '          ', 'dim');
}

function writeEvidence(out: Lines, sign: string, evidence: Evidence): void {
  out.add(`    ${sign} `, evidence.text, '      ', sign === '−' ? 'dim' : undefined);
}

/** `cart.(*Store).Add at /src/shop/cart/cart.go:31`: the package's path is in the file's. */
function placeText(place: Place): string {
  if (place.file === '') return place.function;
  return `${shortName(place.function)} at ${place.file}${place.line > 0 ? `:${place.line}` : ''}`;
}

/** Collects wrapped lines. */
class Lines {
  private readonly width: number;
  private readonly color: boolean;
  private readonly lines: string[] = [];

  constructor(width: number, color: boolean) {
    this.width = Math.max(40, width);
    this.color = color;
  }

  style(text: string, style: Style): string {
    return this.color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
  }

  blank(): this {
    this.lines.push('');
    return this;
  }

  /** Adds a paragraph: `first` before its first line, `rest`, of the same width, before the others. */
  add(first: string, text: string, rest: string, style?: Style): void {
    let prefix = first;
    let line = '';
    let room = this.width - rest.length;
    const flush = () => {
      this.lines.push(prefix + (style === undefined ? line : this.style(line, style)));
      prefix = rest;
      room = this.width - rest.length;
      line = '';
    };
    for (const word of text.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > room) flush();
      line = line === '' ? word : `${line} ${word}`;
    }
    flush();
  }

  text(): string {
    return `${this.lines.join('\n')}\n`;
  }
}
