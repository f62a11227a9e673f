/**
 * Minimum mutator utilisation: how little of the processors the program may get, at worst, within any
 * window of a given length; and the distribution of that over all windows.
 *
 * The share that the program (the mutator) gets is a step function of time; averaged over a window that
 * slides, it is linear between the moments at which either edge of the window meets a step. So its
 * extremes lie at such moments, and its distribution is a sum of uniform ones. Go (internal/trace/gc.go,
 * mud.go) bounds the work with bands and a heap; one sweep over the steps with two pointers is short,
 * exact, and fast enough: 100,000 steps take about a millisecond a window.
 */

/** Share of the processors that the program gets: `util[i]` from `time[i]` on. Ends with 0. */
export interface UtilisationSeries {
  readonly time: Float64Array;
  readonly util: Float64Array;
}

export interface UtilisationWindow {
  /** Where it begins, nanoseconds since the trace's origin. */
  readonly start: number;
  /** The mean utilisation in it. */
  readonly utilisation: number;
}

export class MmuCurve {
  private readonly series: readonly SlidingMean[];

  constructor(series: readonly UtilisationSeries[]) {
    this.series = series.filter(({ time }) => time.length > 1).map((one) => new SlidingMean(one));
  }

  /** Length of the longest series. */
  get duration(): number {
    return Math.max(0, ...this.series.map(({ duration }) => duration));
  }

  /** The lowest mean utilisation of all windows of a length in nanoseconds; 0 for none. */
  minimum(window: number): number {
    if (window <= 0) return 0;
    let lowest = 1;
    for (const one of this.series) {
      one.slide(window, (_time, mean) => {
        lowest = Math.min(lowest, mean);
      });
    }
    return lowest;
  }

  /** The windows of a length with the lowest utilisation, lowest first; they do not overlap. */
  worst(window: number, count: number): UtilisationWindow[] {
    const all: UtilisationWindow[] = [];
    for (const one of this.series) {
      one.slide(window, (start, utilisation) => {
        if (utilisation < 1) all.push({ start, utilisation });
      });
    }
    all.sort((a, b) => a.utilisation - b.utilisation || a.start - b.start);
    const chosen: UtilisationWindow[] = [];
    for (const candidate of all) {
      if (chosen.length === count) break;
      const isFree = chosen.every(({ start }) => Math.abs(start - candidate.start) >= window);
      if (isFree) chosen.push(candidate);
    }
    return chosen;
  }

  /** Utilisations that the given shares of all windows of a length do not exceed. */
  quantiles(window: number, shares: readonly number[]): number[] {
    const distribution = new UtilisationDistribution();
    let mass = 0;
    for (const one of this.series) {
      mass += Math.max(0, one.duration - window);
      let lastTime = Number.NaN;
      let last = 0;
      one.slide(window, (time, mean) => {
        if (time > lastTime) distribution.add(last, mean, time - lastTime);
        lastTime = time;
        last = mean;
      });
    }
    const lowest = this.minimum(window);
    const of = distribution.inverse();
    return shares.map((share) => of(mass * share) ?? lowest);
  }
}

/** A step function with its integral. */
class SlidingMean {
  private readonly time: Float64Array;
  private readonly util: Float64Array;
  /** Integral from the first step to each. */
  private readonly sum: Float64Array;
  readonly duration: number;

  constructor({ time, util }: UtilisationSeries) {
    this.time = time;
    this.util = util;
    this.sum = new Float64Array(time.length);
    for (let i = 1; i < time.length; i++) {
      this.sum[i] = this.sum[i - 1] + util[i - 1] * (time[i] - time[i - 1]);
    }
    this.duration = time[time.length - 1] - time[0];
  }

  /** Visits the mean over each window at whose start or end there is a step, in the order of time. */
  slide(length: number, visit: (start: number, mean: number) => void): void {
    const { time, util, sum } = this;
    const window = Math.min(length, this.duration);
    const last = time[time.length - 1] - window;
    let start = time[0];
    let left = 0;
    let right = 0;
    for (;;) {
      while (left + 1 < time.length && time[left + 1] <= start) left++;
      while (right + 1 < time.length && time[right + 1] <= start + window) right++;
      const before = sum[left] + util[left] * (start - time[left]);
      const after = sum[right] + util[right] * (start + window - time[right]);
      visit(start, (after - before) / window);
      if (start >= last) return;
      const nextLeft = left + 1 < time.length ? time[left + 1] : last;
      const nextRight = right + 1 < time.length ? time[right + 1] - window : last;
      // Rounding must not keep it where it is.
      const next = Math.min(nextLeft, nextRight > start ? nextRight : nextLeft, last);
      start = next > start ? next : last;
    }
  }
}

/** A sum of uniform distributions and of single points. */
class UtilisationDistribution {
  private readonly at: number[] = [];
  private readonly density: number[] = [];
  private readonly point: number[] = [];

  /** `mass` spread evenly over [a, b]. */
  add(a: number, b: number, mass: number): void {
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    if (low === high) {
      this.push(low, 0, mass);
      return;
    }
    this.push(low, mass / (high - low), 0);
    this.push(high, -mass / (high - low), 0);
  }

  private push(at: number, density: number, point: number): void {
    this.at.push(at);
    this.density.push(density);
    this.point.push(point);
  }

  /** The value up to which a mass lies; undefined when there is none. */
  inverse(): (mass: number) => number | undefined {
    const { at, density, point } = this;
    const order = Uint32Array.from(at.keys()).sort((a, b) => at[a] - at[b]);
    return (mass) => {
      let sum = 0;
      let rate = 0;
      let before = 0;
      for (const i of order) {
        const next = sum + (at[i] - before) * rate;
        if (next >= mass) return rate === 0 ? at[i] : (mass - sum) / rate + before;
        sum = next + point[i];
        if (sum >= mass) return at[i];
        before = at[i];
        rate += density[i];
      }
      return order.length === 0 ? undefined : before;
    };
  }
}
