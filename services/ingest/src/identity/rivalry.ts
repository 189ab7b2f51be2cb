import type { Head } from '@activescale/protocol/record';
import { type Claim, headOrNothing, isOwnHead, outranks, type Rival, stillRival } from './rival.ts';

/** Finds out whether another proxy that pushes for the same pod counts in place of this one. */
export interface Rivalry {
  /** Head of the proxy that counts; undefined: this one does. */
  head(): Head | undefined;
  /** Another proxy's record was there when the stream began; `arrival` is its last flush's, in ms of our clock. */
  found(head: Head, arrival: number): void;
  /** A write has replaced this head; `now` in ms of our clock. */
  replaced(bytes: Buffer, now: number): void;
  /** Looks at the rival's record from time to time, and leaves a note beside it. */
  look(now: number): void;
}

/** Reads and notes what is stored of a pod. Nothing rejects. */
export interface StoredRivals<P extends Claim> {
  /** Looks for the head that is stored of the pod. */
  storedHead(pod: P): Promise<Head | undefined>;
  /** Leaves a note beside the pod's record that this proxy pushes too and is ignored. */
  noteIgnored(pod: P): Promise<void>;
}

/** While another proxy counts, its record is looked at this often, in ms. */
const LOOK_MS = 2_000;

export function createRivalry<P extends Claim>(mine: P, stored: StoredRivals<P>): Rivalry {
  return new RivalWatch(mine, stored);
}

class RivalWatch<P extends Claim> implements Rivalry {
  readonly #mine: P;
  readonly #stored: StoredRivals<P>;
  #rival: Rival | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Arrival of the last record of a rival that is gone: the first write after it replaces that record. */
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(mine: P, stored: StoredRivals<P>) {
    this.#mine = mine;
    this.#stored = stored;
  }

  head(): Head | undefined {
    return this.#rival?.head;
  }

  found(head: Head, arrival: number): void {
    if (outranks(head, this.#mine)) this.#rival = { head, progressAt: arrival };
  }

  replaced(bytes: Buffer, now: number): void {
    const mine = this.#mine;
    if (isOwnHead(bytes, mine.proxyId)) return;
    const head = headOrNothing(bytes);
    if (head === undefined || head.arrival <= this.#endedAt || !outranks(head, mine)) return;
    this.#rival ??= { head, progressAt: now };
  }

  look(now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    void this.#lookNow(now);
  }

  async #lookNow(now: number): Promise<void> {
    const mine = this.#mine;
    const head = await this.#stored.storedHead(mine);
    if (this.#rival === undefined) return;
    this.#rival = stillRival(this.#rival, head, mine, now);
    if (this.#rival === undefined) this.#endedAt = head?.arrival ?? this.#endedAt;
    else await this.#stored.noteIgnored(mine);
  }
}
