/** Words that differ by more edits are other words. */
const MAX_DISTANCE = 2;

/** `; did you mean "doctor"?`, or nothing if no candidate is similar. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const similar = mostSimilar(word, candidates);
  return similar === undefined ? '' : `; did you mean ${JSON.stringify(similar)}?`;
}

/** The candidate with the fewest edits, of equal ones the first; undefined: none is similar. */
export function mostSimilar(word: string, candidates: Iterable<string>): string | undefined {
  let [best, fewest]: [string | undefined, number] = [undefined, MAX_DISTANCE + 1];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > MAX_DISTANCE) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    // A short word could become any other with as many edits as it has letters.
    if (edits < fewest && edits < candidate.length) [best, fewest] = [candidate, edits];
  }
  return best;
}

/**
 * The insertions, deletions, substitutions and exchanges of two neighbours between two words (Damerau-Levenshtein, optimal string
 * alignment).
 */
function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const edits = Math.min(substitution, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(isExchange ? Math.min(edits, (beforeLast[j - 2] ?? 0) + 1) : edits);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
