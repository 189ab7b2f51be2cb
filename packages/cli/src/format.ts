/** A time in ms: `0.4 s`, `12.0 s`, `3 min`. */
export function duration(ms: number): string {
  if (Math.abs(ms) < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A number of requests or seconds, with three decimals as in the API. */
export function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
