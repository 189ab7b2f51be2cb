import type { LoadSpec } from './measure.ts';

export interface Regime extends Omit<LoadSpec, 'seconds'> {
  readonly name: string;
}

const SMALL = String.raw`^(http\.inbound_.*\.downstream_rq_(active|total|5xx)|cluster\.inbound\|.*\.upstream_rq_(active|pending_active|total))$`;
/** A small sidecar without a stats filter. */
const SIDECAR = { file: 'envoy/default.bin', skip: 3 };

/** From few streams that flush often to many that flush rarely: with those, wake-ups and cold caches cost the most. */
const REGIMES: readonly Regime[] = [
  { name: '0.5 KB, 400 streams × 5/s', ...SIDECAR, families: SMALL, streams: 400, rate: 5 },
  { name: '13 KB, 400 streams × 5/s', ...SIDECAR, streams: 400, rate: 5 },
  { name: '13 KB, 100 streams × 20/s', ...SIDECAR, streams: 100, rate: 20 },
  { name: '13 KB, 500 streams × 1/s', ...SIDECAR, streams: 500, rate: 1 },
  { name: '13 KB, 4000 streams × 0.2/s', ...SIDECAR, streams: 4000, rate: 0.2 },
  { name: '2 MB, 10 streams × 2/s', file: 'bench/clusters-410.bin.gz', skip: 0, streams: 10, rate: 2 },
];

/**
 * Those whose names have `part`.
 * @throws Error if there is none
 */
export function regimes(part: string): readonly Regime[] {
  const found = REGIMES.filter(({ name }) => name.includes(part));
  if (found.length > 0) return found;
  const names = REGIMES.map(({ name }) => name).join('; ');
  throw new Error(`no load has ${JSON.stringify(part)} in its name: ${names}`);
}

/** Its load for this number of seconds, once each stream has flushed after its first message. */
export function loadOf({ name: _, ...load }: Regime, seconds: number): LoadSpec {
  return { ...load, warm: Math.max(2, 1 / load.rate), seconds };
}
