import { STAT, type StatSet } from '../stats.ts';
import type { ByteWriter } from './bytes.ts';

/**
 * For each stat, in the order of `STAT`, the number of newest slots that end after the last flush in which the
 * stat was unknown; `ALL_SLOTS` if it was known for two minutes. The oldest of those slots begins in the time
 * of that flush, so only the later ones count.
 */
export type KnownSlots = readonly number[];

/** No record has that many slots. */
export const ALL_SLOTS = 255;
export const KNOWN_SLOTS_BYTES = Object.keys(STAT).length;

export function writeKnownSlots(writer: ByteWriter, known: KnownSlots): void {
  for (let stat = 0; stat < KNOWN_SLOTS_BYTES; stat++) writer.byte(known[stat] ?? ALL_SLOTS);
}

/** The minimum over the stats in `needed`, from the `KNOWN_SLOTS_BYTES` at `bytes[at]`. */
export function fewestKnownSlots(bytes: Uint8Array, at: number, needed: StatSet): number {
  let fewest = ALL_SLOTS;
  for (let stat = 0; stat < KNOWN_SLOTS_BYTES; stat++)
    if ((needed & (1 << stat)) !== 0) fewest = Math.min(fewest, bytes[at + stat] ?? ALL_SLOTS);
  return fewest;
}
