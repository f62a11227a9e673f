/** Metrics by id, and which of them were read from which series. */
import type { Dictionary } from './dictionary.ts';
import { boundsText } from './histograms.ts';

export interface MetricName {
  readonly name: string;
  readonly cumulative: boolean;
}

export class MetricNames {
  readonly #dictionary: Dictionary;
  /** Ids by series and name: what every snapshot asks. */
  readonly #ofSeries = new Map<number, Map<string, number>>();
  readonly #bounds = new Map<number, { readonly bounds: Float64Array; readonly id: number }>();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  intern(series: number, { name, cumulative }: MetricName): number {
    const known = this.#ofSeries.get(series) ?? new Map<string, number>();
    this.#ofSeries.set(series, known);
    const key = cumulative ? `+${name}` : name;
    const before = known.get(key);
    if (before !== undefined) return before;
    const id = this.#dictionary.intern('metric', JSON.stringify([name, cumulative]));
    this.#dictionary.intern('measured', `${series} ${id}`);
    known.set(key, id);
    return id;
  }

  /** The id of a histogram's bounds. They rarely change: their text is made anew only then. */
  internBounds(metric: number, bounds: Float64Array): number {
    const last = this.#bounds.get(metric);
    if (last !== undefined && sameNumbers(last.bounds, bounds)) return last.id;
    const id = this.#dictionary.intern('bounds', boundsText(bounds));
    this.#bounds.set(metric, { bounds: bounds.slice(), id });
    return id;
  }

  get(id: number): MetricName {
    const [name, cumulative]: [string, boolean] = JSON.parse(this.#dictionary.text('metric', id));
    return { name, cumulative };
  }

  /** Ids of a name: two when it was once cumulative and once not. */
  find(name: string): number[] {
    const ids = [true, false].map((cumulative) =>
      this.#dictionary.find('metric', JSON.stringify([name, cumulative])),
    );
    return ids.filter((id) => id !== 0);
  }

  /** Names that were read from a series. */
  of(series: number): string[] {
    const names = new Set<string>();
    for (const text of this.#dictionary.texts('measured')) {
      const [from, metric] = text.split(' ').map(Number);
      if (from === series && metric !== undefined) names.add(this.get(metric).name);
    }
    return [...names];
  }
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
