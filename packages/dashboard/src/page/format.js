export const UNKNOWN = '–';

/**
 * At most three decimals, as the CLI prints it, and fewer for large numbers.
 * @param {number | undefined} value
 */
export function number(value) {
  if (value === undefined || value === null) return UNKNOWN;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return String(Number(value.toFixed(digits)));
}

/**
 * `0.4 s`, `42 s`, `3 min`, `5 h`, `2 d`
 * @param {number | undefined} ms
 */
export function duration(ms) {
  if (ms === undefined || ms === null) return UNKNOWN;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/**
 * A time of requests: `85 ms`, `1.2 s`
 * @param {number | undefined} seconds
 */
export function latency(seconds) {
  if (seconds === undefined || seconds === null) return UNKNOWN;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${number(seconds)} s`;
}

/**
 * `1 pod`, `4 pods`
 * @param {number} value
 * @param {string} what
 */
export function count(value, what) {
  return `${value} ${what}${value === 1 ? '' : 's'}`;
}
