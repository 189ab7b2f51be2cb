import type { KnownName } from '@activescale/protocol/envoy';

/** A name with its bytes, for the comparison with those of a message. */
export interface RememberedName extends KnownName {
  readonly utf8: Buffer;
}

/** Gives the value of a new name. */
export interface Learner<K extends RememberedName> {
  learn(name: string): K;
}

/** The names of one stream. */
export interface NameMemory<K extends RememberedName> {
  /**
   * The value stored for the name in `bytes[start..end)`, if it is the next one in the order of the previous
   * flush.
   */
  expected(bytes: Buffer, start: number, end: number): K | undefined;
  /** The value for any name, which is then stored; true for one that cannot be stored: decode it. */
  lookUp(bytes: Buffer, start: number, end: number): K | true;
  /** Approximate memory of the names, in bytes. */
  held(): number;
}

/** Limits of the names that are remembered for one stream. */
export interface NameLimits {
  readonly names: number;
  readonly bytes: number;
}

/**
 * A stream sends the same stats at every flush. More names or bytes, or longer names, are not from a real
 * proxy.
 */
export const NAMES: NameLimits = { names: 1_024, bytes: 128 * 1024 };
/** A gateway sends up to eight stats for each destination. The budget of all streams limits the memory of all names. */
export const NAMES_WITH_DEMAND: NameLimits = { names: 12_288, bytes: 2 * 1024 * 1024 };
/** Overhead of the objects for one name. */
const NAME_BYTES = 400;
/** Unknown names after which a full memory is cleared: learning a name costs as much as 20 look-ups. */
const PATIENCE = 16_384;
const MAX_NAME = 512;
/** Number of stats that a flush may omit in a row while the following ones are still found at once. */
const LOOK_AHEAD = 8;

/**
 * Remembers the names of a stream in their order, which is nearly always the same, so that a name is compared
 * instead of decoded.
 */
export function createNameMemory<K extends RememberedName>(
  learner: Learner<K>,
  limits: NameLimits = NAMES,
): NameMemory<K> {
  return new Names(learner, limits);
}

class Names<K extends RememberedName> implements NameMemory<K> {
  readonly #learner: Learner<K>;
  readonly #limits: NameLimits;
  readonly #names: K[] = [];
  #bytes = 0;
  #unknown = 0;
  #next = 0;

  constructor(learner: Learner<K>, limits: NameLimits) {
    this.#learner = learner;
    this.#limits = limits;
  }

  held(): number {
    return NAME_BYTES * this.#names.length + 2 * this.#bytes;
  }

  expected(bytes: Buffer, start: number, end: number): K | undefined {
    const names = this.#names;
    return names.length > 0 && isNamed(names[this.#next] as K, bytes, start, end)
      ? this.#at(this.#next)
      : undefined;
  }

  lookUp(bytes: Buffer, start: number, end: number): K | true {
    const names = this.#names;
    const last = Math.min(this.#next + LOOK_AHEAD, names.length);
    for (let i = this.#next; i < last; i++) if (isNamed(names[i] as K, bytes, start, end)) return this.#at(i);
    if (names.length > 0 && isNamed(names[0] as K, bytes, start, end)) return this.#at(0);
    if (end - start > MAX_NAME) return true;
    if (names.length === this.#limits.names || this.#bytes + end - start > this.#limits.bytes) {
      if (++this.#unknown < PATIENCE) return true;
      names.length = 0;
      this.#bytes = 0;
      this.#unknown = 0;
      this.#next = 0;
    }
    this.#bytes += end - start;
    // After the previous one: the position of a stat that is used for the first time.
    const index = this.#next === 0 ? names.length : this.#next;
    names.splice(index, 0, this.#learner.learn(bytes.toString('utf8', start, end)));
    return this.#at(index);
  }

  #at(index: number): K {
    this.#next = index + 1 < this.#names.length ? index + 1 : 0;
    return this.#names[index] as K;
  }
}

/** From the end, because stats differ there. */
function isNamed({ utf8 }: RememberedName, bytes: Buffer, start: number, end: number): boolean {
  if (utf8.length !== end - start) return false;
  for (let i = utf8.length - 1; i >= 0; i--) if (utf8[i] !== bytes[start + i]) return false;
  return true;
}
