/** Named pieces of machine code, and which of them holds an address. Addresses are those in the file. */
import type { Executable } from './executable.ts';

export interface CodeSymbol {
  readonly name: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The symbol that holds an address. */
export type SymbolLookup = (address: number) => CodeSymbol | undefined;

/** The sized text symbols of the symbol table, by rising address; empty in a stripped file. */
export function textSymbols(file: Executable): CodeSymbol[] {
  return file
    .symbols()
    .filter((symbol) => symbol.kind === 'text' && symbol.size > 0)
    .map(({ name, address, size }) => ({ name, start: address, end: address + size }));
}

/** A lookup over symbols that are sorted by address. */
export function symbolLookup(symbols: readonly CodeSymbol[]): SymbolLookup {
  return (address) => {
    let [low, high] = [0, symbols.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((symbols[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = symbols[low - 1];
    return symbol !== undefined && address < symbol.end ? symbol : undefined;
  };
}
