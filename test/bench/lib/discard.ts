import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';

export interface Discard extends Process, AsyncDisposable {
  readonly port: number;
}

/** The checkout of this file. */
const THIS_CHECKOUT = join(import.meta.dirname, '../../..');

/**
 * test/bench/discard-grpc.ts (grpc-js) or discard-http2.ts (node:http2) in a separate process.
 * @param root the checkout that it is of
 */
export async function startDiscard(
  kind: 'grpc' | 'http2',
  env: Readonly<Record<string, string>> = {},
  root = THIS_CHECKOUT,
): Promise<Discard> {
  const server = start({
    command: process.execPath,
    args: [join(root, `test/bench/discard-${kind}.ts`)],
    env,
  });
  const port = await server.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined), 'it listened');
  return Object.assign(server, { port });
}
