import { freshness, type Omission } from '@activescale/metrics';
import type { Head } from '@activescale/protocol/record';
import { duration } from '../format.ts';

/** Why a sum is unknown for a while, although some records are there. */
export const LOST_RECORDS =
  'Valkey has kept all records for less than METRIC_TTL, so records with requests may be missing';

/** A sentence for each reason why a record is not used; a missing one does not compile. */
export function reasonText(why: Omission, now: number, head: Head | undefined, metricTtl: number): string {
  const age = head === undefined ? 0 : now - head.arrival;
  switch (why) {
    case 'no_record':
      return 'no record: the proxy never pushed, or its record expired';
    case 'expired': {
      const fresh = duration(head === undefined ? metricTtl : freshness(head, metricTtl));
      return `its last flush arrived ${duration(age)} ago; a record is fresh for ${fresh}`;
    }
    case 'previous_pod':
      return `its record is of an earlier pod of this name: pushed ${duration(age)} ago, before this one was created`;
    case 'ahead':
      return `its record is ${duration(-age)} in the future: Valkey's clock was set back, so its age is not known`;
    case 'idle':
      return head?.unrecognized
        ? 'it pushes without the gauge of its load, but other HTTP scopes arrive that may be its load: not counted'
        : 'it pushes without the gauge, and nothing shows that its stats filter would let the gauge pass: not counted';
    case 'stat_missing':
      return 'it pushes without a stat that the value needs, and nothing shows that its stats filter would let the stat pass';
    case 'corrupt':
      return 'its record is corrupt: it cannot be decoded';
    case 'other_version':
      return 'its record has the format of another release';
    case 'too_little':
      return 'its record holds too few requests for a value';
  }
}
