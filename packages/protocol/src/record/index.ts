export { ALL_STATS, STAT, type StatName, type StatSet, USED_TOGETHER } from '../stats.ts';
export { canonicalAddress, encodeAddress } from './address.ts';
export { ByteWriter } from './bytes.ts';
export {
  type Checkpoint,
  type EstimatorState,
  type FlushForm,
  MAX_SCOPES,
  type ScopeCheckpoint,
} from './checkpoint.ts';
export { contradictsCounters } from './counter-mode.ts';
export {
  type DemandRecordName,
  type Destination,
  type DestinationKind,
  destinationRecordName,
  EVERYWHERE,
  indexKey,
  isDemandRecordName,
  parseDemandRecordName,
  recordNameBeginning,
  restRecordName,
  type Source,
} from './destination.ts';
export { type Evidence, SCHEMA_VERSION } from './evidence.ts';
export {
  arrivalOf,
  decodeHead,
  encodeHead,
  freshFor,
  type Head,
  HOLD_MS,
  type PodState,
  stateOf,
  writeHead,
} from './head.ts';
export {
  destinationsKey,
  headKey,
  isVerified,
  keptSinceKey,
  noteKey,
  podsKey,
  recordName,
  slotsKey,
  splitRecordName,
} from './keys.ts';
export { ALL_SLOTS, KNOWN_SLOTS_BYTES, type KnownSlots } from './known-slots.ts';
export {
  decodeDescription,
  decodePodRecord,
  encodeBounds,
  encodeDescription,
  encodePodRecord,
  knownSlotsOf,
  MAX_BUCKETS,
  MAX_RECORD_BYTES,
  MAX_SLOTS,
  type PodRecord,
  type PodRecordParts,
  visitSlots,
  writePodRecord,
} from './pod-record.ts';
export { RecordError, type RecordErrorCode } from './record-error.ts';
export {
  decodeSlot,
  decodeSlots,
  emptySlot,
  readSlots,
  type Slot,
  type SlotView,
  writeSlot,
} from './slot.ts';
