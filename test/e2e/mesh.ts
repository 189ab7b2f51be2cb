import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, type Credential, createAuthority } from '@activescale/devkit';

const spiffeId = (namespace: string, account: string) =>
  `spiffe://cluster.local/ns/${namespace}/sa/${account}`;

/** The name in ingest's certificate. */
export const INGEST_ID = spiffeId('activescale', 'activescale-ingest');

/** The certificate that a mesh gives to the pods of a service account. */
export function workloadOf(by: Authority, namespace: string, account: string): Promise<Credential> {
  return by.sign({ name: '', names: [spiffeId(namespace, account)], use: 'client' });
}

/** A mesh with PEER_CHECK=spiffe: the files of ingest's certificate, and what they may be replaced by. */
export async function startMesh() {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-'));
  const file = (name: string) => join(folder, name);
  const serve = async (by: Authority) => {
    const { cert, key } = await by.sign({ name: '', names: [INGEST_ID], use: 'server' });
    await writeFile(file('key'), key);
    await writeFile(file('ca'), by.cert);
    await writeFile(file('cert'), cert);
  };
  const authority = await createAuthority('mesh');
  await serve(authority);
  return {
    authority,
    serve,
    settings: {
      GRPC_TLS_CERT_FILE: file('cert'),
      GRPC_TLS_KEY_FILE: file('key'),
      GRPC_TLS_CLIENT_CA_FILE: file('ca'),
      PEER_CHECK: 'spiffe',
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
