import type { KnownName } from '@activescale/protocol/envoy';

/** Gives what is known of the name in `bytes[start..end)`; true for one that is not to be kept: decode it. */
export type NameMemory<K extends KnownName> = (bytes: Buffer, start: number, end: number) => K | true;

/** A stream names the same stats at every flush; more than so many, or longer ones, are made up. */
const MOST_NAMES = 1024;
const LONGEST_NAME = 512;
/** Stats that a flush may leave out at once, for the ones behind them to be found at first sight. */
const LOOK_AHEAD = 8;

/**
 * Remembers the names of a stream in their order, which is nearly always the same: a name is then compared instead of
 * decoded. `lookUp` tells what is known of one that is new here.
 */
export function createNameMemory<K extends KnownName>(lookUp: (name: string) => K): NameMemory<K> {
  const names: K[] = [];
  let next = 0;

  const at = (index: number): K => {
    next = index + 1 < names.length ? index + 1 : 0;
    return names[index] as K;
  };

  return (bytes, start, end) => {
    const last = Math.min(next + LOOK_AHEAD, names.length);
    for (let i = next; i < last; i++) if (isNamed(names[i] as K, bytes, start, end)) return at(i);
    if (names.length > 0 && isNamed(names[0] as K, bytes, start, end)) return at(0);
    if (end - start > LONGEST_NAME) return true;
    if (names.length === MOST_NAMES) {
      names.length = 0;
      next = 0;
    }
    // Behind the one before it: where a stat that is used for the first time is from now on.
    const index = next === 0 ? names.length : next;
    names.splice(index, 0, lookUp(bytes.toString('utf8', start, end)));
    return at(index);
  };
}

/** From the end: stats differ there. A name that is not ASCII never matches, and is decoded each time. */
function isNamed({ name }: KnownName, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = name.length - 1; i >= 0; i--) if (name.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
