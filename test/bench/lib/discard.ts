import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';

export interface Discard extends Process, AsyncDisposable {
  readonly port: number;
}

/** test/bench/discard-grpc.ts (grpc-js) or discard-http2.ts (node:http2) in a separate process. */
export async function startDiscard(kind: 'grpc' | 'http2'): Promise<Discard> {
  const server = start({
    command: process.execPath,
    args: [join(import.meta.dirname, `../discard-${kind}.ts`)],
  });
  const port = await server.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined), 'it listened');
  return Object.assign(server, { port });
}
