/**
 * What the nodes of a graph stand for, interned: one row per distinct place at the chosen detail.
 *
 * Identity of pprof's NodeInfo (internal/graph/graph.go of Go 1.26) after profile.Aggregate: two
 * frames are one node when name, file, line, column and address agree, and start line and object file
 * where those count. Every row knows its function: the same place without address and line. Cost: one
 * lookup per line of every location.
 */
import type { Profile } from '../../profile/profile.ts';
import { basePath, cleanPath, compareStrings } from './gotext.ts';
import type { Detail } from './options.ts';

export interface NodeInfo {
  readonly name: string;
  readonly address: bigint;
  readonly file: string;
  readonly startLine: number;
  readonly line: number;
  readonly column: number;
  readonly objectFile: string;
  /** Identity of the place without address, line and column. */
  readonly functionId: number;
}

/** Nodes of all locations: node `of[start[l] .. start[l + 1])` of location `l`, innermost first. */
export interface NodeTable {
  readonly infos: readonly NodeInfo[];
  readonly start: Uint32Array;
  readonly of: Int32Array;
  /** File names that would be trimmed further if they were trimmed again. */
  readonly unstableFiles: ReadonlySet<string>;
}

export interface NodeTableOptions {
  readonly detail: Detail;
  /** Keep functions of different object files and start lines apart. */
  readonly objectNames: boolean;
  /** Applied to file names before they are cleaned. */
  readonly trimFile?: (path: string) => string;
}

export function createNodes(profile: Profile, options: NodeTableOptions): NodeTable {
  return new NodeInterner(profile, options).run();
}

class NodeInterner {
  private readonly profile: Profile;
  private readonly options: NodeTableOptions;
  private readonly infos: NodeInfo[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly functionIds = new Map<string, number>();
  /** Node of a function where nothing else counts; -1 = not seen. */
  private readonly byFunction: Int32Array;
  private readonly files = new Map<number, string>();
  private readonly unstableFiles = new Set<string>();

  constructor(profile: Profile, options: NodeTableOptions) {
    this.profile = profile;
    this.options = options;
    this.byFunction = new Int32Array(profile.functions.length).fill(-1);
  }

  run(): NodeTable {
    const { locations } = this.profile;
    const { inlines } = this.options.detail;
    const start = new Uint32Array(locations.length + 1);
    const of = new Int32Array(locations.lineFunction.length + locations.length);
    let length = 0;
    for (let location = 0; location < locations.length; location++) {
      const end = locations.lineStart[location + 1] ?? 0;
      let line = locations.lineStart[location] ?? 0;
      if (line === end) of[length++] = this.unknown(location);
      // Without inlines, only the outermost line counts.
      if (!inlines && end - line > 1) line = end - 1;
      for (; line < end; line++) of[length++] = this.known(location, line);
      start[location + 1] = length;
    }
    const { infos, unstableFiles } = this;
    return { infos, start, of: of.subarray(0, length), unstableFiles };
  }

  private objectFile(location: number): string {
    return this.profile.mappings[this.profile.locations.mapping[location] ?? -1]?.file ?? '';
  }

  private address(location: number): bigint {
    return this.options.detail.addresses ? (this.profile.locations.address[location] ?? 0n) : 0n;
  }

  private unknown(location: number): number {
    return this.intern('', this.address(location), '', 0, 0, 0, this.objectFile(location));
  }

  private known(location: number, line: number): number {
    const { profile, options } = this;
    const { detail } = options;
    const { locations, functions, strings } = profile;
    const fn = locations.lineFunction[line] ?? -1;
    if (fn < 0) return this.unknown(location);
    const name = detail.functions ? (strings[functions.name[fn] ?? 0] ?? '') : '';
    const simple = name !== '' && !options.objectNames && !detail.lines && !detail.addresses;
    if (simple) {
      const seen = this.byFunction[fn] ?? -1;
      if (seen >= 0) return seen;
    }
    const withObject = options.objectNames || name === '';
    const node = this.intern(
      name,
      this.address(location),
      this.file(fn),
      withObject ? (functions.startLine[fn] ?? 0) : 0,
      detail.lines ? (locations.lineNumber[line] ?? 0) : 0,
      detail.lines && detail.columns ? (locations.lineColumn[line] ?? 0) : 0,
      withObject ? this.objectFile(location) : '',
    );
    if (simple) this.byFunction[fn] = node;
    return node;
  }

  /** The trimmed, cleaned file name of a function; '' when files do not count. */
  private file(fn: number): string {
    if (!this.options.detail.filenames) return '';
    const string = this.profile.functions.filename[fn] ?? 0;
    let file = this.files.get(string);
    if (file === undefined) {
      file = this.profile.strings[string] ?? '';
      const { trimFile } = this.options;
      let again = file;
      if (trimFile !== undefined) {
        file = trimFile(file);
        again = trimFile(file);
      }
      const isStable = again === file;
      if (file !== '') file = cleanPath(file);
      if (!isStable) this.unstableFiles.add(file);
      this.files.set(string, file);
    }
    return file;
  }

  private intern(
    name: string,
    address: bigint,
    file: string,
    startLine: number,
    line: number,
    column: number,
    objectFile: string,
  ): number {
    const place = `${name}\0${file}\0${startLine}\0${objectFile}`;
    const key = `${place}\0${address}\0${line}\0${column}`;
    const seen = this.byKey.get(key);
    if (seen !== undefined) return seen;
    let functionId = this.functionIds.get(place);
    if (functionId === undefined) {
      functionId = this.functionIds.size;
      this.functionIds.set(place, functionId);
    }
    const node = this.infos.length;
    this.infos.push({ name, address, file, startLine, line, column, objectFile, functionId });
    this.byKey.set(key, node);
    return node;
  }
}

/** The parts of the name that is printed for a node. */
export function nameComponents(info: Omit<NodeInfo, 'functionId'>): string[] {
  const parts: string[] = [];
  if (info.address !== 0n) parts.push(info.address.toString(16).padStart(16, '0'));
  if (info.name !== '') parts.push(info.name);
  if (info.line !== 0) {
    parts.push(`${info.file}:${info.line}${info.column === 0 ? '' : `:${info.column}`}`);
  } else if (info.file !== '') {
    parts.push(info.file);
  } else if (info.name === '') {
    parts.push(info.objectFile === '' ? '<unknown>' : `[${basePath(info.objectFile)}]`);
  }
  return parts;
}

const printable = new WeakMap<NodeInfo, string>();

/** The name that is printed for a node. */
export function printableName(info: NodeInfo): string {
  let name = printable.get(info);
  if (name === undefined) {
    name = nameComponents(info).join(' ');
    printable.set(info, name);
  }
  return name;
}

/** Order by printed name; addresses, which print with leading zeros, compare as numbers. */
export function compareNames(a: NodeInfo, b: NodeInfo): number {
  if (a === b) return 0;
  if (a.address !== 0n && b.address !== 0n && a.address !== b.address) {
    return a.address < b.address ? -1 : 1;
  }
  return compareStrings(printableName(a), printableName(b));
}

/** pprof's last resort between nodes that print alike: all their fields as one text. */
export function compareAllFields(a: NodeInfo, b: NodeInfo): number {
  return a === b ? 0 : compareStrings(allFields(a), allFields(b));
}

function allFields(info: NodeInfo): string {
  const { name, address, file, startLine, line, column, objectFile } = info;
  return `{${name}  ${address} ${file} ${startLine} ${line} ${column} ${objectFile}}`;
}
