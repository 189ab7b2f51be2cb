import type { Place } from '../envoy/names.ts';
import type { Fact } from './facts.ts';

/** The stat of an HTTP scope that says each fact of a pod's requests. */
const HTTP_STAT: Readonly<Record<Fact, string>> = {
  active: 'downstream_rq_active',
  started: 'downstream_rq_total',
  completed: 'downstream_rq_completed',
  errors: 'downstream_rq_5xx',
  reset: 'downstream_rq_rx_reset',
  durations: 'downstream_rq_time',
};

/** The stats of an HTTP scope. */
export const HTTP_STATS: readonly string[] = [...Object.values(HTTP_STAT), 'downstream_cx_upgrades_active'];

export function httpStat({ http }: Place, fact: Fact): string {
  return `${http}.${HTTP_STAT[fact]}`;
}
