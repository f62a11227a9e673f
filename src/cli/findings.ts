/**
 * Findings for people: three lines each (what, where, how sure), the evidence under it, what to do.
 *
 * Plain text that pastes well into a chat; colour only where `Output` allows it.
 */
import type { Finding, FindingsReport, NotMeasurable, Severity } from '../explain/finding.ts';
import { type Output, type Style, wrap } from './terminal.ts';

const MARKS: Readonly<Record<Severity, string>> = {
  high: '●',
  medium: '●',
  low: '○',
  info: '·',
};
const COLOURS: Readonly<Record<Severity, Style>> = {
  high: 'red',
  medium: 'yellow',
  low: 'dim',
  info: 'dim',
};
const MOST_FINDINGS = 5;
const MOST_EVIDENCE = 4;

export function printReport(output: Output, report: FindingsReport): void {
  const { findings, notMeasurable } = report;
  if (findings.length === 0) {
    output.line(`${output.style('green', '✓')} Nothing stands out in ${report.target}`);
  }
  for (const finding of findings.slice(0, MOST_FINDINGS)) {
    printFinding(output, finding);
    output.line();
  }
  printRest(output, findings.slice(MOST_FINDINGS));
  if (notMeasurable.length > 0) printNotMeasurable(output, notMeasurable);
}

/** What did not fit among the first few, a line each: nothing is hidden, nothing drowns. */
function printRest(output: Output, findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  output.line(output.style('bold', `And ${findings.length} more (--json has them whole)`));
  for (const finding of findings) {
    const mark = output.style(COLOURS[finding.severity], MARKS[finding.severity]);
    output.line(`  ${mark} ${finding.kind}, ${finding.severity}: ${finding.title}`);
  }
  output.line();
}

/** One finding, with its evidence. */
export function printFinding(output: Output, finding: Finding): void {
  const { severity, confidence } = finding;
  const width = Math.min(output.columns, 110) - 1;
  /** Words after a lead such as “fix:”, further lines below the first word. */
  const text = (lead: string, words: string, style?: Style): void => {
    const lines = wrap(words, width - lead.length, ' '.repeat(lead.length));
    output.line(lead + (style === undefined ? lines : output.style(style, lines)));
  };
  output.write(output.style(COLOURS[severity], MARKS[severity]));
  output.line(` ${output.style('bold', wrap(finding.title, width - 2, '  '))}`);
  const place = placeLine(finding);
  if (place !== '') text('  ', place, 'cyan');
  const sure = `${finding.kind}, ${severity}, ${Math.round(confidence * 100)} % sure`;
  text('  ', `${sure}: ${finding.impact}`, 'dim');
  for (const evidence of finding.evidence.slice(0, MOST_EVIDENCE)) text('    + ', evidence.text);
  for (const evidence of finding.counterEvidence.slice(0, 2)) text('    - ', evidence.text);
  text('  fix:  ', finding.fix);
  text('  next: ', finding.next);
}

/** The same on two lines, for a running log. */
export function printFindingLine(output: Output, at: Date, finding: Finding): void {
  const mark = output.style(COLOURS[finding.severity], MARKS[finding.severity]);
  const time = at.toTimeString().slice(0, 8);
  const kind = output.style('bold', finding.kind);
  output.line(`${time} ${mark} ${kind} (${finding.severity})  ${finding.title}`);
  const place = placeLine(finding);
  if (place !== '') output.line(`           ${output.style('cyan', place)}`);
}

function placeLine({ where }: Finding): string {
  const first = where[0];
  if (first === undefined) return '';
  const file = first.file === '' ? '' : ` ${first.file}${first.line > 0 ? `:${first.line}` : ''}`;
  return `${first.function}${file}`;
}

function printNotMeasurable(output: Output, list: readonly NotMeasurable[]): void {
  output.line(output.style('bold', 'Could not be told'));
  const width = Math.min(output.columns, 110) - 4;
  for (const { question, why, collect } of list) {
    output.line(`  ${wrap(`${question}: ${why}. To tell: ${collect}`, width, '    ')}`);
  }
}
