import { setTimeout as sleep } from 'node:timers/promises';
import type { Assault, Attack } from './assault.ts';
import { connectRaw, type RawConnection, type RawOptions } from './raw-connection.ts';

// Connections that are held, or opened and closed as fast as possible.

type Connection<Target> = (target: Target) => RawOptions;

/** More than the 100 connections of an address, or of an admin port. */
const HELD = 1_500;
const AT_ONCE = 50;

/** Holds connections that never send a request, and opens new ones for those that the server closes. */
async function hold<Target>(
  connection: Connection<Target>,
  { target, signal, got }: Assault<Target>,
  first = Buffer.alloc(0),
): Promise<void> {
  let held: RawConnection[] = [];
  while (!signal.aborted) {
    const open = held.filter(({ closed }) => !closed);
    for (let i = open.length; i < held.length; i++) got('connection closed');
    const opened = Array.from({ length: Math.min(AT_ONCE, HELD - open.length) }, async () => {
      const raw = await connectRaw(connection(target));
      await raw.write(first);
      return raw;
    });
    held = [...open, ...(await Promise.all(opened))];
    await sleep(10);
  }
  for (const raw of held) raw[Symbol.dispose]();
}

async function churn<Target>(
  connection: Connection<Target>,
  { target, signal, got }: Assault<Target>,
): Promise<void> {
  const worker = async () => {
    while (!signal.aborted) {
      using raw = await connectRaw(connection(target));
      got(raw.closed ? 'connection refused' : 'connection');
      raw.abort();
      if (raw.closed) await sleep(5);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const HALF_A_REQUEST = Buffer.from('GET /livez HTTP/1.1\r\nHost: x\r\n');

/** The attacks by connections on a port of a service, and on its admin port. */
export function connectionAttacks<Target extends { readonly adminPort: number }>(
  connection: Connection<Target>,
): Attack<Target>[] {
  const admin: Connection<Target> = (target) => ({ port: target.adminPort, from: connection(target).from });
  return [
    { name: 'bare-connections', run: (assault) => hold(connection, assault) },
    { name: 'connection-churn', run: (assault) => churn(connection, assault) },
    { name: 'admin-connections', run: (assault) => hold(admin, assault, HALF_A_REQUEST) },
  ];
}
