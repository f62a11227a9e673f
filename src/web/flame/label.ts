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
 * Shorter and shorter forms, the whole name first:
 * `example.com/shop/cart.(*Cart).Add` → `cart.(*Cart).Add` → `(*Cart).Add` → `Add`.
 */
export function shortForms(name: string): readonly string[] {
  const forms = [name];
  const push = (form: string) => {
    if (form !== '' && form !== forms.at(-1)) forms.push(form);
  };
  const plain = withoutTypeArguments(name.slice(pathEnd(name)).replaceAll('%2e', '.'));
  push(plain);
  const dot = plain.indexOf('.');
  const inner = dot < 0 ? plain : plain.slice(dot + 1);
  push(inner);
  const method = /^\(?\*?[\w…[\]]+\)?\.(.+)$/.exec(inner);
  push(method?.[1] ?? inner);
  return forms;
}

/** `cart.(*Cart).Add`: package, receiver and method, as lists and headings show it. */
export function shortName(name: string): string {
  const forms = shortForms(name);
  return forms[1] ?? name;
}

/** The longest form (never the whole path) that has at most `chars` characters; '' below three. */
export function fitLabel(forms: readonly string[], chars: number): string {
  if (chars < 3) return '';
  for (let form = Math.min(1, forms.length - 1); form < forms.length; form++) {
    const text = forms[form] ?? '';
    if (text.length <= chars) return text;
  }
  return `${(forms.at(-1) ?? '').slice(0, chars - 1)}…`;
}
