/**
 * Machine code of functions with their samples (report.PrintAssembly, internal/report/report.go of Go
 * 1.26's pprof).
 *
 * Binaries are passed in. Cost: the symbols of every binary that has samples of a matching function,
 * and the instructions of those that are shown.
 */
import { formatPercentage } from '../../base/units.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { ObjectCode, OpenObject } from '../../binary/objectfile.ts';
import type { CodeSymbol } from '../../binary/symbols.ts';
import { basePath, compareStrings, divide, padLeft, padRight, parseUnsigned } from './gotext.ts';
import { compareAllFields, type NodeInfo, printableName } from './nodeinfo.ts';
import { formatReportValue, type Report, valueOrDot } from './report.ts';
import type { AssemblyListing, AssemblyRoutine, AssemblyRow } from './sourcemodel.ts';
import { untrimmedNodes } from './trim.ts';

/** A node with its values; the divisors are 0 without -mean. */
interface Sample {
  readonly info: NodeInfo;
  readonly flat: number;
  readonly flatDiv: number;
  readonly cum: number;
  readonly cumDiv: number;
}

interface ObjectSymbol {
  readonly symbol: CodeSymbol;
  readonly object: ObjectCode;
  readonly samples: readonly Sample[];
}

/**
 * Symbols that the report's expression matches, and that have samples: by name, or with `most` those
 * with the largest flat values. An expression that is a number is also an address.
 */
export function listAssembly(
  report: Report,
  open: OpenObject,
  most = Number.POSITIVE_INFINITY,
): AssemblyListing {
  const { text = '', matches = () => true } = report.options.symbol ?? {};
  const address = parseUnsigned(text) ?? 0n;
  const samples = samplesOf(report);
  const objects = objectsWith(report, samples, open);
  const symbols = objects.files.flatMap((object) =>
    object.symbols(matches, address).map((symbol) => ({ object, symbol })),
  );
  let found = withSamples(symbols, samples).sort(byName);
  if (found.length > most) {
    const flat = new Map(found.map((one) => [one, sumOf(one.samples, 'flat')]));
    found.sort((a, b) => (flat.get(b) ?? 0) - (flat.get(a) ?? 0) || byName(a, b));
    found = found.slice(0, most);
  }
  return {
    total: report.total,
    routines: found.map(routineOf),
    problems: objects.problems,
    candidates: symbols.length,
  };
}

function samplesOf(report: Report): Sample[] {
  const { all, infoOf, values } = untrimmedNodes(report);
  return all.map((node) => ({
    info: infoOf(node),
    flat: values.flat[node] ?? 0,
    flatDiv: values.flatDiv[node] ?? 0,
    cum: values.cum[node] ?? 0,
    cumDiv: values.cumDiv[node] ?? 0,
  }));
}

/** The binaries that have samples of matching functions, or the address. */
function objectsWith(
  report: Report,
  samples: readonly Sample[],
  open: OpenObject,
): { files: ObjectCode[]; problems: string[] } {
  const { text = '', matches = () => true } = report.options.symbol ?? {};
  const address = parseUnsigned(text);
  const sampled = new Set<string>();
  for (const { info } of samples) {
    if (info.objectFile !== '' && matches(printableName(info))) sampled.add(info.objectFile);
  }
  const files: ObjectCode[] = [];
  const problems: string[] = [];
  for (const mapping of report.profile.mappings) {
    const holds = address !== undefined && mapping.start <= address && address <= mapping.limit;
    if (!sampled.has(mapping.file) && !holds) continue;
    const object = open(mapping);
    if ('error' in object) problems.push(object.error);
    else files.push(object);
  }
  return { files, problems };
}

/** Only the symbols that hold the address of a sample. A symbol's last byte is not counted to it. */
function withSamples(
  symbols: readonly { symbol: CodeSymbol; object: ObjectCode }[],
  samples: readonly Sample[],
): ObjectSymbol[] {
  const inFile = new Map<ObjectCode, { address: bigint; sample: Sample }[]>();
  const found: ObjectSymbol[] = [];
  for (const { symbol, object } of symbols) {
    let sorted = inFile.get(object);
    if (sorted === undefined) {
      sorted = samples.map((sample) => ({
        address: object.addressInFile(sample.info.address),
        sample,
      }));
      sorted.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
      inFile.set(object, sorted);
    }
    const from = firstFrom(sorted, BigInt(symbol.start));
    const to = firstFrom(sorted, BigInt(symbol.end - 1));
    if (from >= to) continue;
    const own = sorted.slice(from, to).map(({ sample }) => sample);
    own.sort((a, b) => compareAddresses(a.info, b.info));
    found.push({ symbol, object, samples: own });
  }
  return found;
}

function firstFrom(sorted: readonly { address: bigint }[], address: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.address ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareAddresses(a: NodeInfo, b: NodeInfo): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return compareAllFields(a, b);
}

function byName(a: ObjectSymbol, b: ObjectSymbol): number {
  return compareStrings(a.symbol.name, b.symbol.name) || a.symbol.start - b.symbol.start;
}

function sumOf(samples: readonly Sample[], field: 'flat' | 'cum'): number {
  return samples.reduce((total, sample) => total + sample[field], 0);
}

function routineOf({ symbol, object, samples }: ObjectSymbol): AssemblyRoutine {
  const code = object.instructions(BigInt(symbol.start), BigInt(symbol.end - 1));
  const rows: AssemblyRow[] = [];
  let next = 0;
  for (const [i, instruction] of (code ?? []).entries()) {
    const following = code?.[i + 1];
    const before = next;
    // Samples in the middle of an instruction are its own.
    while (next < samples.length) {
      const at = object.addressInFile(samples[next]?.info.address ?? 0n);
      if (following !== undefined && at >= BigInt(following.address)) break;
      next++;
    }
    rows.push(rowOf(instruction, samples.slice(before, next)));
  }
  return {
    name: symbol.name,
    binary: object.name,
    architecture: object.architecture,
    flat: sumOf(samples, 'flat'),
    cum: sumOf(samples, 'cum'),
    instructions: code === undefined ? undefined : rows,
  };
}

function rowOf(
  instruction: { address: number; text: string; file: string; line: number },
  samples: readonly Sample[],
): AssemblyRow {
  let file = instruction.file === '' ? '' : basePath(instruction.file);
  let { line } = instruction;
  let name = '';
  let [flat, flatDiv, cum, cumDiv] = [0, 0, 0, 0];
  for (const sample of samples) {
    flat += sample.flat;
    flatDiv += sample.flatDiv;
    cum += sample.cum;
    cumDiv += sample.cumDiv;
    const { info } = sample;
    if (file === '' && info.file !== '') file = basePath(info.file);
    line ||= info.line;
    name ||= info.name;
  }
  return {
    address: BigInt(instruction.address),
    text: instruction.text,
    function: name,
    file,
    line,
    flat: divide(flat, flatDiv),
    cum: divide(cum, cumDiv),
  };
}

/** The listing as text; or what pprof says when there is nothing to list. */
export function printAssembly(
  report: Report,
  listing: AssemblyListing,
): { readonly text: string } | { readonly failure: string } {
  if (listing.routines.length === 0) return { failure: whyNothing(report, listing) };
  const lines = [`Total: ${formatReportValue(report, report.total)}`];
  for (const routine of listing.routines) {
    if (routine.instructions === undefined) {
      return { failure: `unsupported architecture "${routine.architecture}"` };
    }
    const flat = padLeft(formatReportValue(report, routine.flat), 10);
    const cum = padLeft(formatReportValue(report, routine.cum), 10);
    lines.push(
      `ROUTINE ======================== ${routine.name}`,
      `${flat} ${cum} (flat, cum) ${formatPercentage(routine.cum, report.total)} of Total`,
      ...instructionLines(report, routine.instructions),
    );
  }
  return { text: `${lines.join('\n')}\n` };
}

function instructionLines(report: Report, rows: readonly AssemblyRow[]): string[] {
  const lines: string[] = [];
  let last = { function: '', file: '', line: 0 };
  for (const row of rows) {
    const isSame =
      row.function === last.function && row.file === last.file && row.line === last.line;
    last = row;
    const place = isSame ? '' : placeOf(row);
    const flat = padLeft(valueOrDot(report, row.flat), 10);
    const cum = padLeft(valueOrDot(report, row.cum), 10);
    const address = padLeft(row.address.toString(16), 10);
    const isShort = encodeUtf8(row.text).length < 40;
    if (place !== '' && !isShort) lines.push(`${' '.repeat(74)};${place}`);
    const text = place !== '' && isShort ? `${padRight(row.text, 40)};${place}` : row.text;
    lines.push(`${flat} ${cum} ${address}: ${text}`);
  }
  return lines;
}

function placeOf(row: AssemblyRow): string {
  const name = row.function === '' ? '' : `${row.function} `;
  if (row.file === '') return name;
  return `${name}${row.file}${row.line === 0 ? '' : `:${row.line}`}`;
}

function whyNothing(report: Report, listing: AssemblyListing): string {
  const text = report.options.symbol?.text ?? '';
  const address = parseUnsigned(text);
  if (address === undefined) return `no matches found for regexp ${text}`;
  const hex = `address 0x${address.toString(16)}`;
  if (listing.candidates === 0) return `no matches found for ${hex}`;
  return `${hex} found in binary, but the corresponding symbols do not have samples in the profile`;
}
