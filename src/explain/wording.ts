/** Numbers and names as findings write them: three significant digits, a unit always. */

import type { Place } from './finding.ts';
import { nameInPackage } from './frames.ts';

/** Three significant digits, without trailing zeros and without an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toString();
  return Number(value.toPrecision(3)).toString();
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 ? Math.round(value) : digits(Number(value.toPrecision(2)))} %`;
}

/** 1024-based, as pprof counts. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let left = value;
  while (Math.abs(left) >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit++;
  }
  return `${digits(left)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  if (seconds >= 120) return `${digits(seconds / 60)} min`;
  if (seconds >= 1 || seconds === 0) return `${digits(seconds)} s`;
  if (seconds >= 1e-3) return `${digits(seconds * 1e3)} ms`;
  return `${digits(seconds * 1e6)} µs`;
}

export function count(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} million`;
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : digits(value);
}

/** `plural(1, 'goroutine')` = `1 goroutine`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/**
 * The function with the last element of its import path, type arguments left out:
 * `cart.(*Set[…]).Add`.
 */
export function shortName(functionName: string): string {
  const bracket = functionName.indexOf('[');
  const head = bracket < 0 ? functionName : functionName.slice(0, bracket);
  const name = functionName.slice(head.lastIndexOf('/') + 1);
  return name.replace(/\[.*\]/, '[…]');
}

/** `cart.go:31`; without the line when it is unknown. */
export function shortLine(place: Place): string {
  const file = place.file.slice(place.file.lastIndexOf('/') + 1);
  return place.line > 0 ? `${file}:${place.line}` : file;
}

/** `cart.(*Store).Add (cart.go:31)`. */
export function at(place: Place): string {
  return place.file === ''
    ? shortName(place.function)
    : `${shortName(place.function)} (${shortLine(place)})`;
}

/** An RE2 pattern that matches exactly this function. */
export function exactly(functionName: string): string {
  return `^${functionName.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`;
}

/**
 * The receiver's type of a method, or the package of a function: what a lock is likely a field of.
 * Closures belong to the function around them.
 */
export function ownerOf(functionName: string): string {
  const name = nameInPackage(functionName);
  const head = functionName.slice(0, functionName.length - name.length);
  const outer = name.replace(/(\.(func|gowrap|deferwrap)?\d+|-range\d+|-fm)+$/, '');
  const method = /^\(?\*?([\w·]+)(?:\[.*\])?\)?\./.exec(outer);
  return method === null ? head : `${head}${method[1]}`;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
