/**
 * Arrays without room for more items, for what lives as long as a stream: `push`, `filter` and `[...list, item]` make room for up to
 * 17 more, which took 1.5 KB of each stream.
 */

export function appended<T>(list: readonly T[], item: T): T[] {
  return list.toSpliced(list.length, 0, item);
}

export function prepended<T>(item: T, list: readonly T[]): T[] {
  return list.toSpliced(0, 0, item);
}

/** A copy. */
export function trimmed<T>(list: readonly T[]): T[] {
  return list.slice();
}
