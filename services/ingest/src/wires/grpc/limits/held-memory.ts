import type { Holder, MemoryBudget, Share } from './memory-budget.ts';

/** Memory is counted in steps of this size, the size of the blocks in which sockets are read. */
const STEP_BYTES = 64 * 1024;

/** The entry of one stream in the memory budget: what its incomplete message holds, and since when. */
export interface HeldMemory {
  /** The stream holds `bytes`, and its incomplete messages will hold up to `promised`. */
  count(bytes: number, promised: number): void;
  /** A message was complete at `at`; what is held from now on belongs to the next one. */
  nextMessage(at: number): void;
  release(): void;
}

export function createHeldMemory(budget: MemoryBudget, holder: Holder, now: () => number): HeldMemory {
  /** When the incomplete message began. */
  let since = now();
  let counted: Share = { held: 0, promised: 0, since };

  return {
    count(bytes, promised) {
      const held = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
      if (held === counted.held && (held === 0 || since === counted.since)) return;
      const at = now();
      // Between messages a stream may be silent for any time.
      if (counted.held === 0) since = at;
      counted = { held, promised, since };
      budget.hold(holder, counted, at);
    },
    nextMessage(at) {
      since = at;
    },
    release() {
      if (counted.held > 0) budget.hold(holder, { held: 0, promised: 0, since }, since);
    },
  };
}
