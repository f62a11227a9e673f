/**
 * Short forms of Go's long names, cut from the package side, because the method is what one reads.
 *
 * For drawing only: hover, copy and search use the whole name. Cost: O(name), kept by the caller.
 */

/** Where the name starts after its package path: behind the last '/' before any '(' or '['. */
function pathEnd(name: string): number {
  const stop = name.search(/[([]/);
  return name.lastIndexOf('/', stop < 0 ? undefined : stop) + 1;
}

/** Type arguments say little and are long: `Map[go.shape.string,…]` → `Map[…]`. */
function withoutTypeArguments(name: string): string {
  let depth = 0;
  let short = '';
  for (const letter of name) {
    if (letter === ']') depth--;
    if (depth === 0) short += letter;
    if (letter === '[' && depth++ === 0) short += '…';
  }
  return depth === 0 ? short : name;
}

/**
 * Shorter and shorter forms: the whole name, then without its path, then without package, then
 * without receiver. `example.com/shop/cart.(*Cart).Add` → `cart.(*Cart).Add` → `(*Cart).Add` → `Add`.
 */
export function shortForms(name: string): readonly [whole: string, short: string, ...string[]] {
  const short = withoutTypeArguments(name.slice(pathEnd(name)).replaceAll('%2e', '.'));
  const inner = short.slice(short.indexOf('.') + 1);
  const method = /^\(?\*?[\w…[\]]+\)?\.(.+)$/.exec(inner)?.[1] ?? inner;
  return [name, short, inner, method];
}

/** `cart.(*Cart).Add`: package, receiver and method, as lists and headings show it. */
export function shortName(name: string): string {
  return shortForms(name)[1];
}

/** The first form that has at most `chars` characters, else the last one cut; '' below three. */
export function fitLabel(forms: readonly string[], chars: number): string {
  if (chars < 3) return '';
  const fitting = forms.find((form) => form.length <= chars);
  return fitting ?? `${(forms.at(-1) ?? '').slice(0, chars - 1)}…`;
}
