import type { FindingCode } from '../findings/codes.ts';

/** The HPA's input for one metric, in milli-units. */
export type Values =
  | { readonly of: 'pods'; readonly values: ReadonlyMap<string, number> }
  | { readonly of: 'all'; readonly value: number };

/** The contribution of a pod or source to a metric. */
export interface Part {
  readonly name: string;
  /** In the metric's unit; undefined: it has none. */
  readonly value: number | undefined;
  /** Its computation: `45 requests in 60 s`. */
  readonly arithmetic: string;
  /** Why it has no value, or only a part of one; undefined: it has one. */
  readonly code: FindingCode | undefined;
}

/** A metric computed from the records, as in api. */
export interface RecordAnswer {
  /** undefined: unknown; the HPA gets an error. */
  readonly values: Values | undefined;
  readonly of: 'pods' | 'sources';
  readonly parts: readonly Part[];
  /** How the parts are combined; undefined if they are not. */
  readonly total: string | undefined;
  /** Why there is no value; undefined: the parts show it, or there is one. */
  readonly code: FindingCode | undefined;
}
