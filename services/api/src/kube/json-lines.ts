const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, without newlines; an unterminated last line is dropped, because it was
 * truncated.
 * @throws Error if a line is longer than `maxBytes`
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end);
      yield parts.length === 0 ? rest.toString() : Buffer.concat([...parts, rest]).toString();
      parts = [];
      size = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    const rest = chunk.subarray(start);
    size += rest.length;
    if (size > maxBytes) throw new Error(`a line of the watch is longer than ${maxBytes} bytes`);
    parts.push(rest);
  }
}
