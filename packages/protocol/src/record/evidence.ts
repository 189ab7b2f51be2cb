import type { StatSet } from '../stats.ts';
import type { ByteWriter } from './bytes.ts';

/** What a pod's record can prove about the stats that it has and those that it lacks. */
export interface Evidence {
  /** Stats that Envoy sent, for each of the pod's scopes. Their values are known. */
  readonly sent: StatSet;
  /** Stats that Envoy did not send and that are 0: its stats filter would have let them through. */
  readonly provenZero: StatSet;
  /** The node's metadata shows the stats filter, so `provenZero` is all that can be proved about missing stats. */
  readonly filterShown: boolean;
  /** HTTP scopes arrive that no stat in `sent` is of, as they are not known to be the pod's load: it is not proven idle. */
  readonly unrecognized: boolean;
  /** Equal for pods of the same template, whose proxies have the same stats filter; 0 unknown. */
  readonly template: number;
  /** Tells the proxies of one pod apart; 0 unknown. */
  readonly proxyId: number;
}

/** The schema version that records with evidence have. */
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

/** Reads the evidence at `bytes[at]`, of which `EVIDENCE_BYTES` are there. */
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
