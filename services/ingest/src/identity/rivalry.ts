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

export interface RivalryOptions {
  readonly mine: Claim;
  /** Reads the head that is stored of the pod. Never rejects. */
  storedHead(): Promise<Head | undefined>;
  /** Leaves a note beside the pod's record that this proxy pushes too and is ignored. Never rejects. */
  noteIgnored(): Promise<void>;
}

/** While another proxy counts, its record is looked at this often, in ms. */
const LOOK_MS = 2_000;

export function createRivalry(options: RivalryOptions): Rivalry {
  return new RivalWatch(options);
}

class RivalWatch implements Rivalry {
  readonly #options: RivalryOptions;
  #rival: Rival | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Arrival of the last record of a rival that is gone: the first write after it replaces that record. */
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RivalryOptions) {
    this.#options = options;
  }

  head(): Head | undefined {
    return this.#rival?.head;
  }

  found(head: Head, arrival: number): void {
    if (outranks(head, this.#options.mine)) this.#rival = { head, progressAt: arrival };
  }

  replaced(bytes: Buffer, now: number): void {
    const { mine } = this.#options;
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
    const { mine, storedHead, noteIgnored } = this.#options;
    const head = await storedHead();
    if (this.#rival === undefined) return;
    this.#rival = stillRival(this.#rival, head, mine, now);
    if (this.#rival === undefined) this.#endedAt = head?.arrival ?? this.#endedAt;
    else await noteIgnored();
  }
}
