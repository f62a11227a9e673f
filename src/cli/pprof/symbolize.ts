/** What `-symbolize` asks for (Symbolizer.Symbolize of Go 1.26's internal/symbolizer). */
import type { DemangleOptions } from '../../report/pprof/demangle.ts';
import type { PprofIo } from './io.ts';

export interface SymbolizeOptions {
  /** Neither symbols nor demangled names. */
  readonly none: boolean;
  readonly local: boolean;
  readonly remote: boolean;
  readonly fast: boolean;
  /** Beyond pprof: all frames of inlined calls, not the outermost function alone. */
  readonly inlined: boolean;
  /** Names that are there are found again. */
  readonly force: boolean;
  readonly demangle: DemangleOptions['mode'];
}

/** `[local|fastlocal|remote|none][:inlined][:force][:demangle=…]`, in any order. */
export function parseSymbolize(text: string, io: Pick<PprofIo, 'message'>): SymbolizeOptions {
  let options: SymbolizeOptions = {
    none: false,
    local: true,
    remote: true,
    fast: false,
    inlined: false,
    force: false,
    demangle: 'default',
  };
  for (const word of text.toLowerCase().split(':')) {
    switch (word) {
      case '':
      case 'default':
      case 'demangle=default':
        break;
      case 'none':
      case 'no':
        return { ...options, none: true };
      case 'local':
        options = { ...options, local: true, remote: false };
        break;
      case 'fastlocal':
        options = { ...options, local: true, remote: false, fast: true };
        break;
      case 'remote':
        options = { ...options, local: false, remote: true };
        break;
      case 'inlined':
        options = { ...options, inlined: true };
        break;
      case 'force':
        options = { ...options, force: true };
        break;
      default: {
        const demangle = word.startsWith('demangle=') ? word.slice(9) : word;
        if (demangle === 'full' || demangle === 'none' || demangle === 'templates') {
          options = { ...options, demangle, force: true };
          break;
        }
        io.message(`ignoring unrecognized symbolization option: ${text}`);
        io.message(
          'expecting -symbolize=[local|fastlocal|remote|none][:force]' +
            '[:demangle=[none|full|templates|default]]',
        );
      }
    }
  }
  return options;
}
