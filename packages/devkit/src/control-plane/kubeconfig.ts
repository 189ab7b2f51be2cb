import type { Credential } from '../pki.ts';
import type { KubeServer } from './client.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with everything in it, so that it may be copied anywhere. JSON is YAML. */
export function kubeconfig(server: KubeServer, { cert, key }: Credential): string {
  return configOf(server, { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) });
}

/** A kubeconfig for a user with a token, such as a service account. */
export function tokenKubeconfig(server: KubeServer, token: string): string {
  return configOf(server, { token });
}

function configOf({ host, port, ca }: KubeServer, user: Readonly<Record<string, string>>): string {
  const server = `https://${host}:${port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'devkit',
    clusters: [{ name: 'devkit', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'devkit', user }],
    contexts: [{ name: 'devkit', context: { cluster: 'devkit', user: 'devkit' } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
