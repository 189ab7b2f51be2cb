import {
  ALL_STATS,
  emptySlot,
  encodeHead,
  encodePodRecord,
  type Head,
  type KnownSlots,
  type Slot,
} from '@activescale/protocol/record';

/** The current time in the tests' records, in ms. */
export const NOW = 1_800_000_000_000;

/** The evidence of a pod that has sent every stat, and of one that has sent none. */
const LIVE = {
  sent: ALL_STATS,
  provenZero: 0,
  filterShown: false,
  unrecognized: false,
  template: 7,
  proxyId: 9,
} as const;
export const IDLE = { ...LIVE, sent: 0 } as const;
/** An idle pod whose stats filter would have let every stat pass. */
export const IDLE_PROVEN = { ...IDLE, provenZero: ALL_STATS, filterShown: true } as const;

export function headOf(fields: Partial<Head> = {}): Head {
  return {
    arrival: NOW - 1_000,
    flushLength: 1_000,
    ip: '10.0.0.1',
    ipVerified: false,
    proxy: 'sidecar',
    active: 1,
    upstreamActive: 0,
    pending: 0,
    ...LIVE,
    ...fields,
  };
}

/** The value of a head key. */
export function headBytes(fields: Partial<Head> = {}): Buffer {
  return encodeHead(headOf(fields));
}

/** A slot of one second without any event, except for the given fields. */
export function slotOf(fields: Partial<Slot>): Slot {
  return { ...emptySlot(), end: NOW - 1_000, length: 1_000, ...fields };
}

/** The value of a slots key; slots newest first, the first of which ends at the head's arrival. */
export function slotsBytes(
  slots: readonly Slot[],
  {
    bounds = [],
    knownSlots,
    rows = bounds.length === 0 ? [] : [bounds],
    ...head
  }: Partial<Head> & {
    readonly bounds?: readonly number[];
    readonly knownSlots?: KnownSlots;
    readonly rows?: readonly (readonly number[])[];
  } = {},
): Buffer {
  const checkpoint = { timestamp: 0, flushLength: 0, uptime: 0, scopes: [] };
  return encodePodRecord(
    { workload: 'web', ip: '', labels: {}, bounds: rows, checkpoint, knownSlots, slots },
    headOf(head),
  );
}
