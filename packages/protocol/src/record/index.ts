export { canonicalAddress } from './address.ts';
export { decodeHead, encodeHead, type Head, HOLD_MS, type PodState, SCHEMA_VERSION } from './head.ts';
export { headKey, podsKey, slotsKey } from './keys.ts';
export { decodePodRecord, encodePodRecord, MAX_RECORD_BYTES, type PodRecord } from './pod-record.ts';
export { RecordError, type RecordErrorCode } from './record-error.ts';
