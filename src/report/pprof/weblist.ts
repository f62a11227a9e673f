/**
 * `weblist` as a page of its own: source lines, each opening on its machine code.
 *
 * The body is that of Go 1.26's pprof (internal/driver/html/source.html), element by element and space
 * by space; style and script are ours.
 */
import { formatPercentage } from '../../base/units.ts';
import { basePath, padLeft, padRight } from './gotext.ts';
import { formatReportValue, profileLabels, type Report, valueOrDot } from './report.ts';
import type {
  AnnotatedFunction,
  AnnotatedInstruction,
  AnnotatedLine,
  AnnotatedSource,
  InlinedCallSite,
} from './sourcemodel.ts';

const STYLE = `<style type="text/css">
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; margin: 1rem; }
.legend { font-size: 1.1rem; line-height: 1.4; }
h2 { margin-bottom: 0; overflow-wrap: anywhere; }
.filename { margin-top: 0.25rem; color: GrayText; }
pre { font-family: ui-monospace, monospace; tab-size: 8; }
.line, .nop, .unimportant { color: GrayText; }
.inlinesrc { color: light-dark(#1a3c8b, #9db8f2); }
.livesrc { cursor: pointer; }
.livesrc:hover { background: light-dark(#eef1f5, #2a2f36); }
.asm { display: none; color: light-dark(#1d6b34, #8fce9f); }
.asm.open { display: block; }
</style>`;

const SCRIPT = `<script type="text/javascript">
function pprof_toggle_asm(event) {
  const code = event.target.nextElementSibling;
  if (code !== null && code.classList.contains('asm')) code.classList.toggle('open');
}
</script>`;

export function printWebList(report: Report, source: AnnotatedSource): string {
  const legend = profileLabels(report);
  const title = `${inLegend(legend, 'File: ')} ${inLegend(legend, 'Type: ')}`;
  const total = `Total: ${formatReportValue(report, source.total)}`;
  const functions = source.files.flatMap((file) => file.functions);
  return `<!DOCTYPE html>
<html>
<head>
  <meta charset="utf-8">
  <title>${escapeHtml(title)}</title>
  
  ${STYLE}
  ${SCRIPT}
</head>
<body>

<div class="legend">${legend.map((line) => escapeHtml(line)).join('<br>\n')}<br>${escapeHtml(total)}</div>${functions
    .map((one) => functionHtml(report, one))
    .join('')}
</body>
</html>
`;
}

function inLegend(legend: readonly string[], prefix: string): string {
  const line = legend.find((text) => text.startsWith(prefix));
  return line?.slice(prefix.length) ?? 'unknown';
}

function functionHtml(report: Report, one: AnnotatedFunction): string {
  const flat = padLeft(formatReportValue(report, one.flat), 10);
  const cum = padLeft(formatReportValue(report, one.cum), 10);
  const share = formatPercentage(one.cum, report.total);
  const lines = one.lines.map((line) => `\n${lineHtml(report, line)}`).join('');
  return (
    `<h2>${escapeHtml(one.name)}</h2><p class="filename">${escapeHtml(one.file)}</p>\n` +
    `<pre onClick="pprof_toggle_asm(event)">\n` +
    `${escapeHtml(`  Total:  ${flat} ${cum} (flat, cum) ${share}`)}${lines}\n</pre>\n`
  );
}

function lineHtml(report: Report, line: AnnotatedLine): string {
  const flat = padLeft(valueOrDot(report, line.flat), 10);
  const cum = padLeft(valueOrDot(report, line.cum), 10);
  const text = `  ${flat} ${cum} ${' '.repeat(8)}  ${line.text} `;
  const source =
    `<span class=line> ${padLeft(String(line.line), 6)}</span> ` +
    `<span class=${line.kind}>${escapeHtml(text)}</span>`;
  if (line.instructions.length === 0) return source;
  const indent = indentation(line.text);
  let open: readonly InlinedCallSite[] = [];
  let code = '';
  for (const [i, instruction] of line.instructions.entries()) {
    if (instruction.startsBlock && i > 0) code += ` ${' '.repeat(8)} ${padLeft('⋮', 28)}\n`;
    code += callsHtml(instruction.inlinedCalls, open, indent);
    open = instruction.inlinedCalls;
    if (instruction.text !== '') code += instructionHtml(report, instruction, indent);
  }
  return `${source}<span class=asm>${code}</span>`;
}

/** The inlined calls that were not open before. */
function callsHtml(
  calls: readonly InlinedCallSite[],
  open: readonly InlinedCallSite[],
  indent: number,
): string {
  const same = calls.findIndex((call, depth) => !isSameCall(call, open[depth]));
  if (same < 0) return '';
  return calls
    .slice(same)
    .map((call, i) => {
      const text = ' '.repeat(indent + 4 + 4 * (same + i)) + call.text.trim();
      const place = `${escapeHtml(basePath(call.file))}:${call.line}`;
      const columns = ` ${' '.repeat(8)} ${' '.repeat(10)} ${' '.repeat(10)} ${' '.repeat(8)}  `;
      const source = `<span class=inlinesrc>${escapeHtml(padToColumn(text, 80))}</span>`;
      return `${columns}${source} <span class=unimportant>${place}</span>\n`;
    })
    .join('');
}

function isSameCall(a: InlinedCallSite, b: InlinedCallSite | undefined): boolean {
  return b !== undefined && a.file === b.file && a.line === b.line;
}

function instructionHtml(report: Report, one: AnnotatedInstruction, indent: number): string {
  const flat = padLeft(valueOrDot(report, one.flat), 10);
  const cum = padLeft(valueOrDot(report, one.cum), 10);
  const address = padLeft(one.address.toString(16), 8);
  const depth = one.inlinedCalls.length;
  const text = padToColumn(' '.repeat(indent + 4 + 4 * depth) + one.text, 80);
  // pprof escapes the name of the file twice.
  const place = one.file === '' ? '' : `${escapeHtml(basePath(one.file), QUOTED)}:${one.line}`;
  const code = escapeHtml(` ${' '.repeat(8)} ${flat} ${cum} ${address}: ${text} `);
  return `${code}<span class=unimportant>${escapeHtml(place)}</span>\n`;
}

/** Column at which the text of a line begins. */
function indentation(line: string): number {
  let column = 0;
  for (const char of line) {
    if (char === ' ') column++;
    else if (char === '\t') column = column - (column % 8) + 8;
    else break;
  }
  return column;
}

/** Spaces for tabs, then up to the width; a tab stop is one before a multiple of eight. */
function padToColumn(text: string, width: number): string {
  let padded = '';
  let column = 0;
  for (const char of text) {
    column++;
    if (char !== '\t') {
      padded += char;
      continue;
    }
    padded += ' ';
    while (column % 8 !== 0) {
      column++;
      padded += ' ';
    }
  }
  return padRight(padded, width);
}

/** What html/template escapes in text, and html.EscapeString alone. */
const ESCAPED = /["&'+<>\0]/g;
const QUOTED = /["&'<>\0]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '"': '&#34;',
  '&': '&amp;',
  "'": '&#39;',
  '+': '&#43;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\ufffd',
};

function escapeHtml(text: string, chars = ESCAPED): string {
  return text.replace(chars, (char) => ENTITIES[char] ?? char);
}
