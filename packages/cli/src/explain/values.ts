/** What the HPA gets for one metric, in milli-units. */
export type Values =
  | { readonly of: 'pods'; readonly values: ReadonlyMap<string, number> }
  | { readonly of: 'all'; readonly value: number };

/** A pod's part in a metric. */
export interface PodPart {
  readonly name: string;
  /** In the metric's unit; undefined: it has none. */
  readonly value: number | undefined;
  /** How it comes about: `45 requests in 60 s`. */
  readonly arithmetic: string;
}

/** A metric out of the records, as api makes it. */
export interface RecordAnswer {
  /** undefined: nothing is known, and the HPA gets an error. */
  readonly values: Values | undefined;
  readonly parts: readonly PodPart[];
  /** How the parts become one value; undefined where they do not. */
  readonly total: string | undefined;
}
