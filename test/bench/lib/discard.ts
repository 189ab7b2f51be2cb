import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';

/** test/bench/discard-server.ts in a process of its own. */
export async function startDiscard(): Promise<Process & AsyncDisposable & { readonly port: number }> {
  const server = start({
    command: process.execPath,
    args: [join(import.meta.dirname, '../discard-server.ts')],
  });
  const port = await server.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined), 'it listened');
  return Object.assign(server, { port });
}
