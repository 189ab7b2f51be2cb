/** Memoizes `make` on the object that `source` returns. */
export function derived<T extends object, R>(source: () => T, make: (from: T) => R): () => R {
  let last: { readonly from: T; readonly made: R } | undefined;
  return () => {
    const from = source();
    if (last?.from !== from) last = { from, made: make(from) };
    return last.made;
  };
}
