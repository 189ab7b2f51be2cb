/** Requests in flight in all pods together, by the second. Each begins with 3,000, the share of three pods. */
export const LOADS: Readonly<Record<string, (second: number) => number>> = {
  burst: (second) => {
    if (second >= 20 && second < 50) return 8_000;
    return second >= 100 && second < 106 ? 4_000 : 3_000;
  },
  ramp: (second) => {
    const up = Math.min(1, Math.max(0, (second - 10) / 50));
    const down = Math.min(1, Math.max(0, (second - 75) / 50));
    return 3_000 + 6_000 * (up - down);
  },
  noise: (second) => (second < 5 ? 3_000 : 5_000 + 1_500 * noise(Math.floor(second))),
};

/** From -1 to 1, the same at each run. */
function noise(second: number): number {
  const x = Math.sin(second * 12.9898) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

/** How long each load lasts, in s. */
export const SECONDS = 140;
