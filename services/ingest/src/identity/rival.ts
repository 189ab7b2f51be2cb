import { canonicalAddress, decodeHead, type Head, RecordError } from '@activescale/protocol/record';

/** Distinguishes a proxy from another one that pushes for the same pod. */
export type Claim = Pick<Head, 'proxy' | 'ip' | 'proxyId'>;

/** A proxy of schema version 1, which is not identified. */
const UNKNOWN = 0;

/**
 * Whether `other`, whose record of the same pod is fresh, is the proxy that counts. Two Envoys in one pod count
 * different requests, and their values must not alternate.
 *
 * Istio's proxy takes precedence, because it is in front of all others in its pod. Otherwise the choice is
 * arbitrary, but the same for both.
 */
export function outranks(other: Claim, mine: Claim): boolean {
  if (other.proxyId === UNKNOWN || other.proxyId === mine.proxyId) return false;
  // A deleted pod of the same name: its successor counts.
  if (other.ip !== '' && mine.ip !== '' && canonicalAddress(other.ip) !== canonicalAddress(mine.ip))
    return false;
  const [isOther, isMine] = [other.proxy !== 'other', mine.proxy !== 'other'];
  return isOther === isMine ? other.proxyId < mine.proxyId : isOther;
}

/**
 * Whether the value of a head key was written by this proxy: its number is at the end. Cheap enough for each
 * write.
 */
export function isOwnHead(bytes: Buffer, proxyId: number): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(bytes.length - 4) === proxyId;
}

/** The head in a head key's value; undefined if it cannot be read. */
export function headOrNothing(bytes: Buffer): Head | undefined {
  try {
    return decodeHead(bytes);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/** The proxy that counts instead of this one. */
export interface Rival {
  readonly head: Head;
  /** When its record was last found to be newer, in ms of the monotonic clock. */
  readonly progressAt: number;
}

/** A proxy that misses this many flushes, or is silent for this long in ms, is gone. */
const MISSED_FLUSHES = 3;
const SILENT_MS = 3_000;
/** The rival's own flush interval cannot make us wait longer than this. */
const MAX_PATIENCE_MS = 300_000;

/**
 * The rival after another check of the pod's record.
 * @param found the current head; undefined: none
 * @returns undefined if it is gone: this proxy counts
 */
export function stillRival(
  rival: Rival,
  found: Head | undefined,
  mine: Claim,
  now: number,
): Rival | undefined {
  if (found === undefined || !outranks(found, mine)) return undefined;
  if (found.arrival > rival.head.arrival) return { head: found, progressAt: now };
  const patience = Math.min(Math.max(SILENT_MS, MISSED_FLUSHES * found.flushLength), MAX_PATIENCE_MS);
  return now - rival.progressAt > patience ? undefined : { head: found, progressAt: rival.progressAt };
}
