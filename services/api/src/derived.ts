/** What `make` makes of what `source` gives, made anew only when that is another object. */
export function derived<T extends object, R>(source: () => T, make: (from: T) => R): () => R {
  let last: { readonly from: T; readonly made: R } | undefined;
  return () => {
    const from = source();
    if (last?.from !== from) last = { from, made: make(from) };
    return last.made;
  };
}
