/**
 * Which locations of a profile an expression is interested in, and the values of every address.
 *
 * The first half of report.newSourcePrinter (internal/report/source.go of Go 1.26's pprof). Unlike
 * everywhere else, a location that recurs in a stack counts every time. Cost: one pass over the frames
 * of all samples; expressions are tried once for each location.
 */
import type { ValueColumn } from '../../profile/profile.ts';
import { divide, parseUnsigned } from './gotext.ts';
import { divisorsOf, type Report, weightsOf } from './report.ts';
import { sumsOf } from './sums.ts';

export class InterestingLocations {
  /** The first location of interest at each address. */
  readonly locations = new Map<bigint, number>();
  /** Names, shown and of the linker, of the functions of interest. */
  readonly functions = new Set<string>();
  /** From the linker's names to the shown ones. */
  readonly shownNames = new Map<string, string>();
  readonly values = new Map<bigint, { flat: number; cum: number }>();
  private readonly report: Report;
  private readonly address: bigint | undefined;

  constructor(report: Report) {
    this.report = report;
    this.address = parseUnsigned(report.options.symbol?.text ?? '');
    const { flat, cum, order } = this.sums();
    const addresses = this.addresses(order);
    for (const location of order) {
      const address = addresses.get(location) ?? 0n;
      const known = this.values.get(address);
      const own = flat[location] ?? 0;
      const all = cum[location] ?? 0;
      this.values.set(address, { flat: (known?.flat ?? 0) + own, cum: (known?.cum ?? 0) + all });
      this.visit(location, address);
    }
  }

  /** Values by location, and the locations in the order of samples, each stack from its root. */
  private sums(): { flat: Float64Array; cum: Float64Array; order: number[] } {
    const { profile, options } = this.report;
    const { samples, stacks, locations } = profile;
    const column = averaged(weightsOf(profile, options), divisorsOf(profile, options));
    const flat = sumsOf(column, locations.length);
    const cum = sumsOf(column, locations.length);
    const seen = new Uint8Array(locations.length);
    const order: number[] = [];
    for (let row = 0; row < samples.length; row++) {
      const stack = samples.stack[row] ?? 0;
      const begin = stacks.start[stack] ?? 0;
      for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= begin; i--) {
        const location = stacks.locations[i] ?? 0;
        cum.add(location, row);
        if (i === begin) flat.add(location, row);
        if (seen[location] === 1) continue;
        seen[location] = 1;
        order.push(location);
      }
    }
    return { flat: flat.finish(locations.length), cum: cum.finish(locations.length), order };
  }

  /** Addresses; locations that have none are given some beyond all mappings. */
  private addresses(order: readonly number[]): Map<number, bigint> {
    const { mappings, locations } = this.report.profile;
    let next = mappings.reduce((most, { limit }) => (limit > most ? limit : most), 1n);
    return new Map(
      order.map((location) => [location, locations.address[location] || next++] as const),
    );
  }

  private visit(location: number, address: bigint): void {
    const { functions, locations, strings, mappings } = this.report.profile;
    const { symbol } = this.report.options;
    const begin = locations.lineStart[location] ?? 0;
    const end = locations.lineStart[location + 1] ?? 0;
    for (let line = begin; line < end; line++) {
      const row = locations.lineFunction[line] ?? -1;
      if (row < 0) continue;
      const system = strings[functions.systemName[row] ?? 0] ?? '';
      this.shownNames.set(system, strings[functions.name[row] ?? 0] ?? '');
    }
    if (symbol === undefined || this.address === address) {
      if (end > begin) this.mark(location, address, end - 1);
      return;
    }
    const file = mappings[locations.mapping[location] ?? -1]?.file;
    const isOfFile = file !== undefined && symbol.matches(file);
    for (let line = begin; line < end; line++) {
      if ((line === begin && isOfFile) || this.matches(line)) this.mark(location, address, line);
    }
  }

  private matches(line: number): boolean {
    const { functions, locations, strings } = this.report.profile;
    const row = locations.lineFunction[line] ?? -1;
    if (row < 0) return false;
    const { name, systemName, filename } = functions;
    return [name, systemName, filename].some(
      (column) => this.report.options.symbol?.matches(strings[column[row] ?? 0] ?? '') === true,
    );
  }

  private mark(location: number, address: bigint, line: number): void {
    const { functions, locations, strings } = this.report.profile;
    const row = locations.lineFunction[line] ?? -1;
    if (row < 0) return;
    this.functions.add(strings[functions.name[row] ?? 0] ?? '');
    this.functions.add(strings[functions.systemName[row] ?? 0] ?? '');
    if (!this.locations.has(address)) this.locations.set(address, location);
  }
}

/** With -mean, every sample's value is divided by its count. */
function averaged(weights: ValueColumn, divisors: ValueColumn | undefined): ValueColumn {
  if (divisors === undefined) return weights;
  return new Float64Array(weights.length).map((_, row) =>
    divide(Number(weights[row]), Number(divisors[row])),
  );
}
