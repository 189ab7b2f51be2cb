export { canonicalAddress, encodeAddress } from './address.ts';
export { ByteWriter, decimalDigits } from './bytes.ts';
export { type Carry, type EstimatorState, MOST_SCOPES, type ScopeCarry } from './carry.ts';
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
  decodeDescription,
  decodePodRecord,
  encodeBounds,
  encodeDescription,
  encodePodRecord,
  MAX_RECORD_BYTES,
  MOST_BOUNDS,
  MOST_SLOTS,
  type PodRecord,
  type PodRecordParts,
  visitSlots,
  writePodRecord,
} from './pod-record.ts';
export { RecordError, type RecordErrorCode } from './record-error.ts';
export { emptySlot, readSlots, type Slot, type SlotView, writeSlot } from './slot.ts';
