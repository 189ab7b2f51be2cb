import { join } from 'node:path';
import { type Process, start } from '../process/start.ts';
import { until } from '../process/until.ts';
import { apiserverBinary, type KubernetesRelease } from '../tools/control-plane-binaries.ts';
import type { KubeClient } from './client.ts';
import { FRONT_PROXY } from './credentials.ts';

interface ApiserverOptions {
  kubernetes: KubernetesRelease;
  port: number;
  etcdUrl: string;
  /** Where its certificates lie. */
  folder: string;
  /** More command line arguments. */
  args: readonly string[];
  /** Any user's client: to ask whether it is ready. */
  client: KubeClient;
}

/** kube-apiserver with RBAC and the aggregation layer; it is given when it is ready. */
export async function startApiserver(options: ApiserverOptions): Promise<Process> {
  const { kubernetes, port, etcdUrl, folder, args, client } = options;
  const file = (name: string) => join(folder, name);
  const fixed = [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    `--service-account-key-file=${file('service-accounts.key')}`,
    `--service-account-signing-key-file=${file('service-accounts.key')}`,
    '--service-account-issuer=https://kubernetes.default',
    '--authorization-mode=RBAC',
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    `--requestheader-allowed-names=${FRONT_PROXY}`,
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${file('front-proxy-client.key')}`,
    // Nothing makes the service accounts that it would ask for in tests' pods.
    '--disable-admission-plugins=ServiceAccount',
  ];
  const command = await apiserverBinary(kubernetes);
  const server = start({ command, args: [...fixed, ...args], grace: 5_000 });
  await ready(server, client);
  return server;
}

async function ready(server: Process, client: KubeClient): Promise<void> {
  const ended = new AbortController();
  void server.exited.then((exit) =>
    ended.abort(new Error(`kube-apiserver ended (${exit}):\n${server.logs().slice(-4000)}`)),
  );
  const look = async () => (await client.request('/readyz')).status === 200;
  try {
    const what = 'kube-apiserver to be ready';
    await until(look, { deadline: 60_000, every: 100, what, signal: ended.signal });
  } catch (error) {
    await server.stop();
    throw error;
  }
}
