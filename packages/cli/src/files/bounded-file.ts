import { open } from 'node:fs/promises';

/** The text of a file. Rejects with an Error if it cannot be read, or has more than `maxBytes`, also if it grows meanwhile. */
export async function readBounded(path: string, maxBytes: number): Promise<string> {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, end: maxBytes })) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`the file has more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } finally {
    await file.close();
  }
}
