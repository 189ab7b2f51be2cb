import type { ScannedMessage } from '@activescale/protocol/envoy';
import { addPart, type Flush, startFlush } from './flush.ts';
import type { KnownStat } from './known-stats.ts';
import type { ScopeRules } from './scopes.ts';

/** Puts the flushes of one stream together from its messages. */
export interface Assembly {
  /**
   * Adds one message to its flush.
   * @param now ms of the process's monotonic clock
   * @returns how many of its families counted; undefined: its flush is over
   * @throws LimitError
   */
  add(message: ScannedMessage<KnownStat>, rules: ScopeRules, now: number, bytes: number): number | undefined;
  /** A flush has begun that is not complete. */
  isUnderWay(): boolean;
  /** The approximate memory of the flushes, in bytes. */
  held(): number;
  /** Drops an incomplete flush: its sum would be too low. */
  clear(): void;
}

/** The form of a flush's first message. */
interface Form {
  readonly families: number;
  /** How many of them are relevant, and the last one of those: a histogram follows a summary of the same name. */
  readonly wanted: number;
  readonly last: KnownStat | undefined;
  readonly lastType: number | undefined;
  /** Where tags are sent as labels, the same stat of other scopes has the same name. */
  readonly lastLabels: readonly string[];
}

/** The parts of the previous flush that are kept. */
interface Previous extends Pick<Flush, 'timestamp' | 'families' | 'parts' | 'held'> {
  readonly form: Form;
}

const NO_FORM: Form = { families: 0, wanted: 0, last: undefined, lastType: undefined, lastLabels: [] };
const NOTHING: Previous = { timestamp: -1, families: 0, parts: 0, held: 0, form: NO_FORM };

/** Parts of one flush come within a millisecond or two; after this silence, in ms, it is complete. */
export const SILENCE_MS = 50;

/**
 * A flush is complete when the next one begins or after `SILENCE_MS`. Nearly all Envoys send a flush as one message,
 * with the same families each time: a flush that looks just like the one-message flush before it is complete at once.
 * The first of several messages may have as many families as that flush had, but stats that are new have then displaced its last ones.
 * Envoy sends a stat again and again once it is used, so a flush with fewer families than the one before lacks a part, and
 * is complete when the next one begins.
 * @param onComplete takes each complete flush; the same one again after a late part, its sums then larger
 */
export function createAssembly(onComplete: (flush: Flush) => void): Assembly {
  return new Parts(onComplete);
}

class Parts implements Assembly {
  readonly #onComplete: (flush: Flush) => void;
  #current: Flush | undefined;
  #form = NO_FORM;
  #isComplete = false;
  #previous: Previous = NOTHING;
  #silence: NodeJS.Timeout | undefined;

  constructor(onComplete: (flush: Flush) => void) {
    this.#onComplete = onComplete;
  }

  add(message: ScannedMessage<KnownStat>, rules: ScopeRules, now: number, bytes: number): number | undefined {
    const { timestamp } = message;
    if (timestamp > 0 && timestamp === this.#previous.timestamp) return undefined;
    const current = this.#current;
    const isSame = timestamp !== 0 && timestamp === current?.timestamp;
    const flush = isSame && current !== undefined ? current : this.#begin(timestamp);
    this.#isComplete = false;
    const counted = addPart(flush, message, rules, now, bytes);
    if (flush.parts === 1) this.#form = formOf(message);
    const isUsual =
      this.#previous.parts === 1 && flush.parts === 1 && areEqual(this.#form, this.#previous.form);
    if (timestamp === 0 || isUsual) this.#complete();
    else if (this.#silence === undefined)
      this.#silence = setTimeout(() => this.#completeUnlessPartial(), SILENCE_MS);
    else this.#silence.refresh();
    return counted;
  }

  isUnderWay(): boolean {
    return this.#current !== undefined && !this.#isComplete;
  }

  held(): number {
    return Math.max(this.#previous.held, this.#current?.held ?? 0);
  }

  clear(): void {
    clearTimeout(this.#silence);
    this.#current = undefined;
    this.#previous = NOTHING;
  }

  #begin(timestamp: number): Flush {
    this.#complete();
    const current = this.#current;
    if (current === undefined) this.#current = startFlush(timestamp);
    else {
      this.#previous = outlineOf(current, this.#form);
      this.#current = startFlush(timestamp, current.clusterFamilies);
      // The flush itself may be kept for longer.
      current.clusterFamilies = undefined;
    }
    return this.#current;
  }

  #complete(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (this.#current === undefined || this.#isComplete) return;
    this.#isComplete = true;
    this.#current.sharesClusters = true;
    this.#onComplete(this.#current);
  }

  #completeUnlessPartial(): void {
    if (this.#current !== undefined && this.#current.families >= this.#previous.families) this.#complete();
  }
}

function outlineOf({ timestamp, families, parts, held }: Flush, form: Form): Previous {
  return { timestamp, families, parts, held, form };
}

function formOf({ families, wanted }: ScannedMessage<KnownStat>): Form {
  const last = wanted.at(-1);
  const { known, type, labels = NO_FORM.lastLabels } = last ?? {};
  return { families, wanted: wanted.length, last: known, lastType: type, lastLabels: labels };
}

function areEqual(a: Form, b: Form): boolean {
  return (
    a.families === b.families &&
    a.wanted === b.wanted &&
    a.last === b.last &&
    a.lastType === b.lastType &&
    a.lastLabels.length === b.lastLabels.length &&
    a.lastLabels.every((label, i) => label === b.lastLabels[i])
  );
}
