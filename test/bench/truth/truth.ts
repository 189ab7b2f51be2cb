/** Starts (+1) and ends (-1) of the requests of a `.truth` file, by time in ms. */
export type Change = readonly [at: number, by: 1 | -1];

/**
 * A line a request: start, end, kind.
 * @throws Error that names the line which is none
 */
export function readTruth(text: string): Change[] {
  const changes: Change[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [start, end] = line.split(/\s+/).map(Number);
    if (start === undefined || end === undefined || !(end >= start)) {
      throw new Error(`line ${index + 1} of its truth is not a request: ${line}`);
    }
    changes.push([start, 1], [end, -1]);
  }
  return changes.sort(([a, up], [b, down]) => a - b || up - down);
}

/** Time-weighted means of requests in flight between each two of `cuts`, in ms. */
export function meansBetween(changes: readonly Change[], cuts: readonly number[]): number[] {
  const means: number[] = [];
  let next = 0;
  let inFlight = 0;
  let at = Number.NEGATIVE_INFINITY;
  const advance = (until: number): number => {
    let area = 0;
    for (let change = changes[next]; change !== undefined && change[0] <= until; change = changes[++next]) {
      area += inFlight * (change[0] - at);
      at = change[0];
      inFlight += change[1];
    }
    area += inFlight * (until - at);
    at = until;
    return area;
  };
  cuts.forEach((cut, i) => {
    const before = cuts[i - 1];
    if (before === undefined) {
      for (let change = changes[next]; change !== undefined && change[0] <= cut; change = changes[++next]) {
        inFlight += change[1];
      }
      at = cut;
    } else means.push(advance(cut) / (cut - before));
  });
  return means;
}
