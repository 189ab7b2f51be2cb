export { canonicalAddress } from './address.ts';
export { type ByteString, fromByteString, toByteString } from './bytes.ts';
export { type Carry, type EstimatorState, encodeCarry, MOST_SCOPES, type ScopeCarry } from './carry.ts';
export {
  arrivalOf,
  decodeHead,
  encodeHead,
  type Head,
  HOLD_MS,
  type PodState,
  SCHEMA_VERSION,
} from './head.ts';
export { headKey, isVerified, podsKey, recordName, slotsKey, splitRecordName } from './keys.ts';
export {
  assemblePodRecord,
  decodeDescription,
  decodePodRecord,
  type EncodedSlots,
  encodeBounds,
  encodeDescription,
  encodePodRecord,
  MAX_RECORD_BYTES,
  MOST_BOUNDS,
  MOST_SLOTS,
  type PodRecord,
  visitSlots,
} from './pod-record.ts';
export { RecordError, type RecordErrorCode } from './record-error.ts';
export { emptySlot, encodeSlot, type Slot, type SlotView } from './slot.ts';
