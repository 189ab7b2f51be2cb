import { visitSlots } from '@activescale/protocol/record';

export interface Rejection {
  readonly requests: number;
  /** In ms. */
  readonly age: number;
}

/** The newest slot with rejected requests; undefined: no slot has any. @throws RecordError */
export function lastRejection(record: Buffer, now: number): Rejection | undefined {
  let found: Rejection | undefined;
  visitSlots(record, false, ({ reset, end }) => {
    if (reset > 0) found = { requests: reset, age: Math.max(0, now - end) };
    return found === undefined;
  });
  return found;
}
