import { generateKeyPairSync } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, type Credential, createAuthority } from '../pki.ts';

/** The one name that kube-apiserver's front proxy certificate has. */
export const FRONT_PROXY = 'front-proxy-client';

/** The cluster's authorities. Their files, and those of what they signed, lie in `folder`. */
export interface Credentials {
  readonly folder: string;
  /** Signs clients and kube-apiserver itself. */
  readonly ca: Authority;
  /** The authority of the front proxy's client certificate and that certificate, now. */
  frontProxy: { ca: Authority; client: Credential };
}

/** Makes a cluster's certificates: ca.crt, apiserver.*, service-accounts.key and the front proxy's files. */
export async function createCredentials(folder: string): Promise<Credentials> {
  const ca = await createAuthority('kubernetes-ca');
  const names = ['kubernetes', 'kubernetes.default.svc', 'localhost', '127.0.0.1', '10.0.0.1'];
  const serving = await ca.sign({ name: 'kube-apiserver', names, use: 'server' });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccounts = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  await writeAll(folder, {
    'ca.crt': ca.cert,
    'apiserver.crt': serving.cert,
    'apiserver.key': serving.key,
    'service-accounts.key': serviceAccounts,
  });
  return { folder, ca, frontProxy: await createFrontProxy(folder) };
}

/** A new authority and certificate of the front proxy, in place of the files that were there. */
export async function createFrontProxy(folder: string): Promise<Credentials['frontProxy']> {
  const ca = await createAuthority('front-proxy-ca');
  const client = await ca.sign({ name: FRONT_PROXY, use: 'client' });
  await writeAll(folder, {
    'front-proxy-ca.crt': ca.cert,
    'front-proxy-client.crt': client.cert,
    'front-proxy-client.key': client.key,
  });
  return { ca, client };
}

/** Each file appears whole: kube-apiserver reloads those that change. */
async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(`${path}.new`, content, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}
