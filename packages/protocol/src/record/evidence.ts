import type { StatSet } from '../stats.ts';
import type { ByteWriter } from './bytes.ts';

/** The proof in a pod's record about the stats that it has and those that it lacks. */
export interface Evidence {
  /** Stats that Envoy sent for each of the pod's scopes. Their values are known. */
  readonly sent: StatSet;
  /** Stats that Envoy did not send and that are 0, because its stats filter would have let them pass. */
  readonly provenZero: StatSet;
  /** The node's metadata shows the stats filter, so `provenZero` is complete. */
  readonly filterShown: boolean;
  /** HTTP scopes arrive that are not known to be the pod's load: it is not proven idle. */
  readonly unrecognized: boolean;
  /** Equal for pods of the same template, whose proxies have the same stats filter; 0 unknown. */
  readonly template: number;
  /** Distinguishes the proxies of one pod; 0 unknown. */
  readonly proxyId: number;
}

/** The schema version of records with evidence. */
export const SCHEMA_VERSION = 2;
export const EVIDENCE_BYTES = 14;

const FILTER_SHOWN = 0x01;
const UNRECOGNIZED = 0x02;

/**
 * Little-endian, 14 bytes:
 *
 *     0       schema version (2)
 *     1       flags: bit 0 filter shown, 1 unrecognized scopes
 *     2..3    stats sent, uint16
 *     4..5    stats proven to be zero, uint16
 *     6..9    template, uint32
 *     10..13  proxy, uint32
 */
export function writeEvidence(writer: ByteWriter, evidence: Evidence): void {
  writer.byte(SCHEMA_VERSION);
  writer.byte((evidence.filterShown ? FILTER_SHOWN : 0) | (evidence.unrecognized ? UNRECOGNIZED : 0));
  writer.uint16(evidence.sent);
  writer.uint16(evidence.provenZero);
  writer.uint32(evidence.template);
  writer.uint32(evidence.proxyId);
}

/** Reads the evidence at `bytes[at]`, which has `EVIDENCE_BYTES`. */
export function readEvidence(bytes: Buffer, at: number): Evidence {
  const flags = bytes[at + 1] ?? 0;
  return {
    sent: bytes.readUInt16LE(at + 2),
    provenZero: bytes.readUInt16LE(at + 4),
    filterShown: (flags & FILTER_SHOWN) !== 0,
    unrecognized: (flags & UNRECOGNIZED) !== 0,
    template: bytes.readUInt32LE(at + 6),
    proxyId: bytes.readUInt32LE(at + 10),
  };
}
