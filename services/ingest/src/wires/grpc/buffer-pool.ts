/** Memory for messages that came in several pieces, to be used again. */
export interface BufferPool {
  /** A buffer of the given size, with arbitrary content. */
  take(size: number): Buffer;
  /**
   * Returns a buffer, or a view of one. Other bytes are ignored; a buffer that is not returned is
   * garbage-collected.
   */
  give(bytes: Buffer): void;
}

/** Most bytes that wait to be used again. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Smaller buffers are cheap to allocate, and would be many. */
const MIN_BYTES = 64 * 1024;

/**
 * A flush of 2 MB would be 2 MB of garbage outside of V8's heap, which makes V8 collect all of the heap, some ms of
 * CPU, every ten or twenty of them; and the kernel would have to clear each of its pages.
 */
export function createBufferPool(mostBytes = MAX_BYTES): BufferPool {
  /** By the power of two that is their size. */
  const free = new Map<number, Buffer[]>();
  let freeBytes = 0;
  const taken = new WeakSet<ArrayBufferLike>();

  return {
    take(size) {
      const capacity = 2 ** Math.ceil(Math.log2(size));
      if (size < MIN_BYTES || capacity > mostBytes) return Buffer.allocUnsafeSlow(size);
      let buffer = free.get(capacity)?.pop();
      if (buffer === undefined) buffer = Buffer.allocUnsafeSlow(capacity);
      else freeBytes -= capacity;
      taken.add(buffer.buffer);
      return buffer.subarray(0, size);
    },
    give({ buffer }) {
      const capacity = buffer.byteLength;
      // Only once, or two messages would get the same bytes.
      if (!taken.delete(buffer)) return;
      if (freeBytes + capacity > mostBytes) {
        // Of other sizes than are asked for now, or of more messages than usual.
        free.clear();
        freeBytes = 0;
      }
      const same = free.get(capacity);
      if (same === undefined) free.set(capacity, [Buffer.from(buffer)]);
      else same.push(Buffer.from(buffer));
      freeBytes += capacity;
    },
  };
}
