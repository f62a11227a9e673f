/**
 * DWARF as far as profiles need it: an address of C, C++ or Rust code → function, file, line, and
 * the calls that were inlined there.
 *
 * For the C half of cgo binaries, and for programs that are not Go at all. Go's own units are passed
 * over: the line table knows more about them, and is there when DWARF was stripped. Cost: opening
 * reads the head of every unit; a unit is read whole when an address of it is first asked for.
 */
import type { Executable } from '../executable.ts';
import type { Frame } from '../inlining.ts';
import { type Abbreviations, readAbbreviations, readUnitHeaders } from './entry.ts';
import { debugSection, type Inflate } from './sections.ts';
import { type Range, Unit } from './unit.ts';

const LANGUAGE_GO = 0x16;

export interface Dwarf {
  /** Frames at an address of the file, innermost first; empty where DWARF says nothing. */
  framesAt(address: number): readonly Frame[];
}

/**
 * Opens the debug data of a file; undefined when there are none. `inflate` is for compressed
 * sections; without it they count as missing. Throws DecodeError('DWARF').
 */
export function openDwarf(file: Executable, inflate?: Inflate): Dwarf | undefined {
  const section = (name: string) => debugSection(file, name, inflate);
  const [info, abbrev] = [section('info'), section('abbrev')];
  if (info === undefined || abbrev === undefined) return undefined;
  const sections = {
    info,
    abbrev,
    line: section('line'),
    str: section('str'),
    lineStr: section('line_str'),
    strOffsets: section('str_offsets'),
    addr: section('addr'),
    ranges: section('ranges'),
    rnglists: section('rnglists'),
  };
  const tables = new Map<number, Abbreviations>();
  const spans: { range: Range; unit: Unit }[] = [];
  for (const header of readUnitHeaders(info)) {
    const table =
      tables.get(header.abbreviations) ?? readAbbreviations(abbrev, header.abbreviations);
    tables.set(header.abbreviations, table);
    const unit = new Unit(header, sections, table);
    if (unit.language === LANGUAGE_GO) continue;
    for (const range of unit.ranges()) spans.push({ range, unit });
  }
  spans.sort((a, b) => a.range[0] - b.range[0]);
  return { framesAt: (address) => unitAt(spans, address)?.framesAt(address) ?? [] };
}

function unitAt(spans: readonly { range: Range; unit: Unit }[], address: number): Unit | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.range[0] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const found = spans[low - 1];
  return found !== undefined && address < found.range[1] ? found.unit : undefined;
}
