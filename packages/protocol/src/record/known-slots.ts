import { STAT, type StatSet } from '../stats.ts';
import type { ByteWriter } from './bytes.ts';

/**
 * For each stat, in the order of `STAT`, how many of the newest slots end after the last flush that left the stat
 * unknown; `ALL_SLOTS` where none of two minutes did. The oldest of those slots begins in the time of that flush, so only
 * those before it count.
 */
export type KnownSlots = readonly number[];

/** No record has as many slots. */
export const ALL_SLOTS = 255;
export const KNOWN_SLOTS_BYTES = Object.keys(STAT).length;

export function writeKnownSlots(writer: ByteWriter, known: KnownSlots): void {
  for (let stat = 0; stat < KNOWN_SLOTS_BYTES; stat++) writer.byte(known[stat] ?? ALL_SLOTS);
}

/** Of the `KNOWN_SLOTS_BYTES` at `bytes[at]`, the fewest that a stat of `needed` has. */
export function fewestKnownSlots(bytes: Uint8Array, at: number, needed: StatSet): number {
  let fewest = ALL_SLOTS;
  for (let stat = 0; stat < KNOWN_SLOTS_BYTES; stat++)
    if ((needed & (1 << stat)) !== 0) fewest = Math.min(fewest, bytes[at + stat] ?? ALL_SLOTS);
  return fewest;
}
