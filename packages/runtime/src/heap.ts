import { setFlagsFromString } from 'node:v8';

/** See tuneHeap. */
export const HEAP_FLAGS = [
  '--heap-growing-percent=300',
  '--no-allocation-site-pretenuring',
  '--external-memory-accounted-in-global-limit',
];

/**
 * Fits V8's collector to a process that passes tens of MB a second through Buffers and keeps objects for seconds: full
 * collections, which free hardly any object, took more CPU than all the rest. V8 reads these flags as it goes, so
 * they may be set in a running process, unlike the sizes of the heap.
 *
 * - The old generation may grow fourfold between two full collections, which is what V8 itself takes as the most
 *   (kMaxHeapGrowingFactor). Left alone it collects a small heap after a few MB.
 * - Nothing is allocated in the old generation from the start. V8 does that where it has seen that most objects of a
 *   place in the code live long; but what an old object leads to outlives every collection of the young generation,
 *   even once that object is dead: here, nearly every message with its Buffer.
 * - Buffers count as a part of the heap, and may grow by V8's own third between two full collections. Left alone it
 *   collects all whenever 64 MB of them have come, gone or not, and a message of 2 MB takes twice its size.
 *
 * Full collections in 13 s (`node --trace-gc services/ingest/src/main.ts` under the loads of `npm run bench:ingest`):
 * 2 instead of 6 at 2,000 messages of 13 KB a second, 11 instead of 20 at 20 messages of 2 MB, with 20 to 40 MB of
 * resident memory less.
 */
export function tuneHeap(): void {
  for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
}
