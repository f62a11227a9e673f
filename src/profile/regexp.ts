/** Regular expressions in RE2 syntax, as pprof takes them: Go's `regexp`, not JavaScript's. */
import { RE2JS } from 're2js';
import { messageOf, UserError } from '../base/errors.ts';

/** Tells whether the expression matches anywhere in a text. */
export type Matcher = (text: string) => boolean;

/** Compiles an expression. Results are remembered by text: symbols repeat. Throws `UserError`. */
export function compileMatcher(expression: string, what: string): Matcher {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch (error) {
    throw new UserError(
      'invalid-regexp',
      `Cannot parse ${what} regexp ${JSON.stringify(expression)}: ${messageOf(error)}`,
      'Use RE2 syntax (https://github.com/google/re2/wiki/Syntax)',
    );
  }
  const known = new Map<string, boolean>();
  return (text) => {
    let matches = known.get(text);
    if (matches === undefined) {
      matches = compiled.test(text);
      known.set(text, matches);
    }
    return matches;
  };
}
