/**
 * Every sample with its stack (report.printTraces of Go 1.26's pprof), written as it goes: the text is
 * many times the profile. Cost: one text per location, made once, and one copy per frame.
 */
import { formatValue } from '../../base/units.ts';
import { labelsOf } from '../../profile/labels.ts';
import { compareStrings, divide, padLeft } from './gotext.ts';
import { createNodes, type NodeTable, printableName } from './nodeinfo.ts';
import { divisorsOf, formatReportValue, profileLabels, type Report, weightsOf } from './report.ts';

const SEPARATOR = '-----------+-------------------------------------------------------\n';

/** Text is handed on in pieces of about this length. */
const PIECE = 1 << 14;

/** Takes pieces of the text, in order. */
export type WriteText = (text: string) => void;

export function printTraces(report: Report, write: WriteText): void {
  const { profile, options } = report;
  const { samples, stacks } = profile;
  write(`${profileLabels(report).join('\n')}\n`);
  const table = createNodes(profile, { detail: options.detail, objectNames: false });
  const frames = frameTexts(table);
  const weights = weightsOf(profile, options);
  const divisors = divisorsOf(profile, options);
  const labels = new Map<number, string>();
  const printed = new Map<number, string>();
  let text = '';
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    const begin = stacks.start[stack] ?? 0;
    const end = stacks.start[stack + 1] ?? 0;
    if (begin === end) continue;
    const set = samples.labelSet[row] ?? 0;
    let header = labels.get(set);
    if (header === undefined) {
      header = labelLines(report, set);
      labels.set(set, header);
    }
    const divisor = Number(divisors?.[row] ?? 0);
    const value = divide(Number(weights[row] ?? 0), divisor);
    let printedValue = printed.get(value);
    if (printedValue === undefined) {
      printedValue = padLeft(formatReportValue(report, value), 10);
      printed.set(value, printedValue);
    }
    text += SEPARATOR + header + printedValue;
    // The first line of a frame begins where a value would stand.
    text += (frames[stacks.locations[begin] ?? 0] ?? '').slice(10);
    text = withFrames(text, frames, stacks.locations, begin + 1, end);
    if (text.length > PIECE) {
      write(text);
      text = '';
    }
  }
  write(text + SEPARATOR);
}

/**
 * The text and the frames of a stack. A function of its own, as all innermost loops of reports are: V8
 * leaves optimized code at the end of a loop within a loop that it had optimized by itself.
 */
function withFrames(
  text: string,
  frames: readonly string[],
  locations: Uint32Array,
  from: number,
  to: number,
): string {
  let all = text;
  for (let i = from; i < to; i++) all += frames[locations[i] ?? 0] ?? '';
  return all;
}

/** The lines of every location, without a value. */
function frameTexts(table: NodeTable): string[] {
  const texts: string[] = [];
  for (let location = 0; location + 1 < table.start.length; location++) {
    const last = (table.start[location + 1] ?? 0) - 1;
    let text = '';
    for (let at = table.start[location] ?? 0; at <= last; at++) {
      const info = table.infos[table.of[at] ?? 0];
      const name = info === undefined ? '' : printableName(info);
      text += `             ${name}${at === last ? '' : ' (inline)'}\n`;
    }
    texts.push(text);
  }
  return texts;
}

/** Text labels, then numbers; several values of one key on one line. */
function labelLines(report: Report, set: number): string {
  const texts = new Map<string, string[]>();
  const numbers = new Map<string, string[]>();
  for (const label of labelsOf(report.profile, set)) {
    const isText = 'text' in label;
    const unit = report.options.numLabelUnits.get(label.key) ?? '';
    const value = isText ? label.text : formatValue(Number(label.number), unit);
    const lists = isText ? texts : numbers;
    const list = lists.get(label.key);
    if (list === undefined) lists.set(label.key, [value]);
    else list.push(value);
  }
  return [texts, numbers]
    .flatMap((lists) =>
      [...lists]
        .map(([key, values]) => `${padLeft(key, 10)}:  ${values.join(' ')}\n`)
        .sort(compareStrings),
    )
    .join('');
}
