/** Metrics by id, and which of them were read from which series. */
import type { Dictionary } from './dictionary.ts';

export interface MetricName {
  readonly name: string;
  readonly cumulative: boolean;
}

export class MetricNames {
  readonly #dictionary: Dictionary;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  intern(series: number, { name, cumulative }: MetricName): number {
    const id = this.#dictionary.intern('metric', JSON.stringify([name, cumulative]));
    this.#dictionary.intern('measured', `${series} ${id}`);
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
