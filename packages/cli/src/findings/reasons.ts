import type { FailureKind, LimitKind, Proposal } from '@activescale/hpa';
import type { Omission } from '@activescale/metrics';
import type { FindingCode } from './codes.ts';

/** Why the record of a pod or source is not used. */
export const OMISSION_CODES = {
  no_record: 'ASC311',
  expired: 'ASC312',
  previous_pod: 'ASC313',
  ahead: 'ASC314',
  idle: 'ASC315',
  stat_missing: 'ASC316',
  corrupt: 'ASC317',
  other_version: 'ASC318',
  too_little: 'ASC319',
} as const satisfies Record<Omission, FindingCode>;

/** Why the HPA has no result for a metric. */
export const FAILURE_CODES = {
  noValue: 'ASC903',
  noPods: 'ASC905',
  noUsablePods: 'ASC906',
  noObject: 'ASC907',
} as const satisfies Record<FailureKind, FindingCode>;

/** What limits the HPA's decision. */
export const LIMIT_CODES = {
  maxReplicas: 'ASC911',
  minReplicas: 'ASC912',
  disabled: 'ASC913',
  policies: 'ASC914',
  stabilization: 'ASC915',
  zeroByMinReplicas: 'ASC916',
  zeroByCondition: 'ASC917',
} as const satisfies Record<LimitKind, FindingCode>;

/** Why a metric keeps the replicas. */
export const KEPT_CODES = {
  tolerance: 'ASC931',
  reversal: 'ASC932',
  direction: 'ASC933',
} as const satisfies Record<NonNullable<Proposal['kept']>, FindingCode>;
