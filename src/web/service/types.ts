/** Profile types in the order people look for them; custom ones last, by name. */
const ORDER = ['cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate'];

export function sortTypes<T extends { readonly type: string }>(types: readonly T[]): readonly T[] {
  const rank = ({ type }: T): number => {
    const at = ORDER.indexOf(type);
    return at < 0 ? ORDER.length : at;
  };
  return [...types].sort((a, b) => rank(a) - rank(b) || a.type.localeCompare(b.type));
}
