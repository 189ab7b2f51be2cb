/**
 * Parsers of settings. Each returns the value, or `undefined` for invalid text: the reader knows the variable's
 * name and words the problem.
 */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The maximum delay of Node's timers, in ms: a longer one would fire at once. */
export const MAX_DELAY = 2 ** 31 - 1;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

/** `500ms`, `20s`, `1m30s`, `1.5h` (the form of Go's time.ParseDuration, units from ms to h), in ms. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit = ''] of text.matchAll(DURATION_PART)) {
    total += Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  }
  return Math.round(total);
}

/** A whole decimal number that a double represents exactly. */
export function parseInteger(text: string): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

export const MAX_PORT = 65_535;

/** `off`, or a port from 0, for any free one. */
export function parsePort(text: string): { readonly port: number | undefined } | undefined {
  if (text === 'off') return { port: undefined };
  const port = parseInteger(text);
  return port !== undefined && port >= 0 && port <= MAX_PORT ? { port } : undefined;
}

/** The words of Go's strconv.ParseBool without its single letters, in any case. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  return undefined;
}

/** `host:port` or `[2001:db8::1]:port`, port 1 to 65535. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** Addresses separated by commas; surrounding blanks are dropped. */
export function parseAddresses(text: string): readonly Address[] | undefined {
  const addresses = text.split(',').map((part) => parseAddress(part.trim()));
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}
