import { argocdBinary, freePort, type Process, start, type Valkey } from '@activescale/devkit';

interface ServersOptions {
  readonly kubeconfig: string;
  readonly valkey: Valkey;
}

export interface Servers extends AsyncDisposable {
  logs(): string;
}

/** The two servers of Argo CD that turn an ApplicationSet into Applications. */
export async function startServers({ kubeconfig, valkey }: ServersOptions): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const command = await argocdBinary();
  const server = (name: string, args: readonly string[]): Process => {
    const env = { ARGOCD_BINARY_NAME: name, ARGOCD_GPG_ENABLED: 'false', KUBECONFIG: kubeconfig };
    return starting.use(start({ command, args, env }));
  };
  const port = await freePort();
  const repoServer = server('argocd-repo-server', [
    '--address=127.0.0.1',
    `--port=${port}`,
    '--metrics-address=127.0.0.1',
    `--metrics-port=${await freePort()}`,
    '--disable-tls',
    `--redis=${valkey.addr}`,
  ]);
  const controller = server('argocd-applicationset-controller', [
    `--kubeconfig=${kubeconfig}`,
    '--namespace=argocd',
    `--argocd-repo-server=127.0.0.1:${port}`,
    '--repo-server-plaintext',
    '--metrics-addr=127.0.0.1:0',
    '--probe-addr=127.0.0.1:0',
    `--webhook-addr=127.0.0.1:${await freePort()}`,
  ]);
  const started = starting.move();
  return {
    logs: () => `${repoServer.logs()}\n${controller.logs()}`,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
