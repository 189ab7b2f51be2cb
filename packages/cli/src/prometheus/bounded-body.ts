import { PrometheusError } from './prometheus-error.ts';

/** The body as text. Rejects with a PrometheusError if it is longer than `maxBytes`, and then reads no further. */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new PrometheusError(
        `the response is longer than ${maxBytes / 1024 / 1024} MiB: query fewer series, or a shorter time`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
