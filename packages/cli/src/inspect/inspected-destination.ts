import type { DestinationKind, PodRecord, Source } from '@activescale/protocol/record';
import type { Share } from '../demand/shares.ts';
import type { DemandValues } from '../demand/values.ts';
import type { RecordKeys } from './record-keys.ts';

/** A destination with what each source reports. Times in ms since the epoch by Valkey's clock, ages in ms. */
export interface InspectedDestination {
  readonly kind: DestinationKind;
  readonly namespace: string;
  readonly name: string;
  readonly now: number;
  /** The sum over all sources and ports. */
  readonly total: DemandValues;
  readonly sources: readonly InspectedReport[];
  /** The stats that sources prove to be 0 for each destination of this kind that they do not mention. */
  readonly unmentioned: readonly InspectedRest[];
}

interface InspectedCommon extends Share {
  readonly source: Source;
  /** undefined: they came through api. */
  readonly keys: RecordKeys | undefined;
  /** Names of records of the same source from other addresses, which only the cluster can distinguish. */
  readonly others: readonly string[];
}

/** The report of a source on one port. */
export interface InspectedReport extends InspectedCommon {
  /** '' for a route, and if the source does not name the port. */
  readonly port: string;
  readonly values: DemandValues;
  readonly bytes: number;
  /** undefined: there is none, or it cannot be decoded. */
  readonly record: PodRecord | undefined;
}

export interface InspectedRest extends InspectedCommon {
  /** Its source may report for every namespace, and not only for its own. */
  readonly everywhere: boolean;
}
