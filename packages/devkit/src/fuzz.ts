import { heapAfterGc } from './heap.ts';

/** Something that takes what comes from outside. */
export interface FuzzTarget {
  readonly name: string;
  /** Some inputs, the same for the same seed. */
  inputs(seed: number): Iterable<unknown>;
  /** Throws for an outcome that may not be: any error but the target's own is one. */
  run(input: never): void;
}

export interface FuzzReport {
  readonly name: string;
  readonly inputs: number;
  readonly seconds: number;
  /** Growth of the heap from an early collection to the last, in bytes. */
  readonly growth: number;
  /** Longest time of one input, in ms. */
  readonly slowest: number;
}

/** An input that takes longer hangs, in ms; a machine that is busy with others gets some time for that. */
const HANG_MS = 2_000;
/** Caches may fill, in bytes. */
const MAX_GROWTH = 16 * 1024 * 1024;

/**
 * Feeds a target with the given number of inputs.
 * @throws Error with the seed and the input when it crashes, hangs or grows
 */
export function fuzz(target: FuzzTarget, count: number, seed: number): FuzzReport {
  const start = performance.now();
  let done = 0;
  let slowest = 0;
  let early: number | undefined;
  for (let batch = seed; done < count; batch++) {
    for (const input of target.inputs(batch)) {
      const began = performance.now();
      try {
        target.run(input as never);
      } catch (cause) {
        throw new Error(`${target.name}, seed ${batch}: ${shown(input)}`, { cause });
      }
      const took = performance.now() - began;
      if (took > HANG_MS) throw new Error(`${target.name}, seed ${batch}: ${took} ms for ${shown(input)}`);
      slowest = Math.max(slowest, took);
      if (++done >= count) break;
    }
    if (done >= count / 10) early ??= heapAfterGc();
  }
  const growth = heapAfterGc() - (early ?? 0);
  if (growth > MAX_GROWTH) throw new Error(`${target.name} grew by ${growth} bytes over ${done} inputs`);
  return { name: target.name, inputs: done, seconds: (performance.now() - start) / 1_000, growth, slowest };
}

function shown(input: unknown): string {
  return Buffer.isBuffer(input) ? input.toString('base64') : JSON.stringify(input);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The bytes with a few faults: bits, bytes that mean much to decoders, pieces cut out, doubled or cut off. */
export function mutated(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  for (let faults = 1 + Math.floor(random() * 4); faults > 0; faults--) {
    const at = Math.floor(random() * result.length);
    const to = Math.min(result.length, at + 1 + Math.floor(random() * 16));
    const kind = Math.floor(random() * 5);
    if (kind === 0 && result.length > 0) result[at] = (result[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    else if (kind === 1) result.fill(TELLING[Math.floor(random() * TELLING.length)] ?? 0, at, to);
    else if (kind === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(to)]);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, to), result.subarray(at)]);
    else result = result.subarray(0, at);
  }
  return result;
}

const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12];
