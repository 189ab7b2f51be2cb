import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, startIngest, startValkey } from '@activescale/devkit';
import type { IngestTarget } from './assault.ts';
import { startHonest } from './honest.ts';
import { heapFlag, memoryLimitOf, watchMemory } from './memory.ts';
import type { Stand } from './stand.ts';

interface IngestStandOptions {
  /** ingest serves TLS, and the attacker has a certificate that expires soon. */
  readonly tls: boolean;
  readonly folder: string;
}

/** A fresh ingest under its memory limit, with a Valkey and honest pods. */
export async function startIngestStand({ tls, folder }: IngestStandOptions): Promise<Stand> {
  await using starting = new AsyncDisposableStack();
  const limit = memoryLimitOf('ingest');
  const mesh = tls ? await startMesh(folder) : undefined;
  const valkey = starting.use(await startValkey());
  const ingest = starting.use(
    await startIngest({
      VALKEY_ADDR: valkey.addr,
      NODE_OPTIONS: heapFlag(limit),
      ...(mesh?.settings ?? { PEER_CHECK: 'address' }),
    }),
  );
  let exit: string | undefined;
  void ingest.exited.then((code) => {
    exit = String(code);
  });
  const memory = starting.use(watchMemory(ingest.pid, limit, () => ingest.kill()));
  const probes = starting.use(await startHonest('probes.ts', { admin: String(ingest.adminPort) }));
  const honest = starting.use(
    await startHonest('pods.ts', {
      grpc: String(ingest.grpcPort),
      valkey: String(valkey.port),
      verified: String(mesh === undefined),
      ...(mesh && { tls: mesh.honest }),
    }),
  );
  const { grpcPort, adminPort } = ingest;
  const target: IngestTarget = {
    grpcPort,
    adminPort,
    valkeyPort: valkey.port,
    ...(mesh && { expiring: mesh.expiring }),
  };
  const started = starting.move();
  return {
    target,
    honest,
    probes,
    memory,
    exit: () => exit,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** After the calm, and with time for some flushes. */
const EXPIRES_AFTER_MS = 15_000;

/** Certificates of a mesh, by files in a folder. */
async function startMesh(folder: string) {
  const authority = await createAuthority('mesh');
  const spiffe = (namespace: string) => `spiffe://cluster.local/ns/${namespace}/sa/web`;
  const file = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const serving = await authority.sign({ name: '', names: ['localhost'], use: 'server' });
  const honest = await authority.sign({ name: '', names: [spiffe('honest')], use: 'client' });
  const notAfter = Date.now() + EXPIRES_AFTER_MS;
  const rogue = await authority.sign({ name: '', names: [spiffe('evil')], use: 'client', notAfter });
  return {
    settings: {
      PEER_CHECK: 'spiffe',
      GRPC_TLS_CERT_FILE: await file('tls.crt', serving.cert),
      GRPC_TLS_KEY_FILE: await file('tls.key', serving.key),
      GRPC_TLS_CLIENT_CA_FILE: await file('ca.crt', authority.cert),
    },
    honest: await file('honest.json', JSON.stringify({ ...honest, rejectUnauthorized: false })),
    expiring: { ...rogue, notAfter },
  };
}
