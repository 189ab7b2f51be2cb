import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ControlPlane,
  clusterRole,
  clusterRoleBinding,
  type Ingest,
  type ScrapeTls,
  startIngest,
} from '@activescale/devkit';
import type { ClusterBench } from '../contract/api-cluster.ts';

/** A user with the one right that Prometheus needs. */
export async function scraper(plane: ControlPlane, folder: string): Promise<ScrapeTls> {
  const { admin, ca } = plane;
  const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
  await admin.apply({ ...clusterRole('scraper', []), rules });
  await admin.apply(clusterRoleBinding('scraper', 'scraper', { kind: 'User', name: 'prometheus' }));
  const { cert, key } = await plane.credential({ name: 'prometheus' });
  const files = {
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'p.crt'),
    keyFile: join(folder, 'p.key'),
  };
  await Promise.all([
    writeFile(files.caFile, ca.cert),
    writeFile(files.certFile, cert),
    writeFile(files.keyFile, key),
  ]);
  return { ...files, serverName: 'localhost' };
}

/** A second ingest, which reports its own certificate. */
export async function startSecureIngest(
  { plane, valkey }: Pick<ClusterBench, 'plane' | 'valkey'>,
  folder: string,
): Promise<Ingest> {
  const { cert, key } = await plane.ca.sign({ name: 'ingest', names: ['localhost'], use: 'server' });
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  return startIngest({
    VALKEY_ADDR: valkey.addr,
    GRPC_TLS_CERT_FILE: certFile,
    GRPC_TLS_KEY_FILE: keyFile,
  });
}
