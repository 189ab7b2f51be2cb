import type { FindingCode } from '../findings/codes.ts';
import { OMISSION_CODES } from '../findings/reasons.ts';
import type { PodState } from '../records/states.ts';

/** Why the requests of a pod count as they do; undefined: its proxy has counted them. */
export function podCode({ state, omitted }: PodState): FindingCode | undefined {
  if (omitted !== undefined) return OMISSION_CODES[omitted];
  return state === 'idle' ? 'ASC922' : undefined;
}
