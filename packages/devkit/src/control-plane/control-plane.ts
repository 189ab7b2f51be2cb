import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Authority, Credential } from '../pki.ts';
import { freePort } from '../process/free-port.ts';
import { type KubernetesRelease, kubectlBinary } from '../tools/control-plane-binaries.ts';
import { run } from '../tools/run.ts';
import { startApiserver } from './apiserver.ts';
import { createKubeClient, type KubeClient, type KubeServer } from './client.ts';
import { type Controlled, controlled } from './controlled.ts';
import { CONTROLLERS, startControllerManager } from './controller-manager.ts';
import { createCredentials, createFrontProxy } from './credentials.ts';
import { startEtcd } from './etcd.ts';
import { kubeconfig, tokenKubeconfig } from './kubeconfig.ts';

/** A user by name and groups; the admin is in system:masters. */
export interface User {
  name: string;
  groups?: readonly string[];
}

export interface ControlPlane extends AsyncDisposable {
  /** kube-apiserver, for clients of one's own. */
  readonly server: KubeServer;
  /** Signs users and serving certificates that the cluster trusts. */
  readonly ca: Authority;
  /** The front proxy's authority and the certificate by which the aggregator shows itself. */
  readonly frontProxy: { readonly ca: Authority; readonly client: Credential };
  readonly admin: KubeClient;
  readonly apiserver: Controlled;
  readonly controllerManager: Controlled;
  /** A client certificate for a user. */
  credential(user: User): Promise<Credential>;
  /** A client for a user. */
  client(user: User): Promise<KubeClient>;
  /** Path of a kubeconfig for a user, the admin unless one is named; it is removed with the control plane. */
  kubeconfig(user?: User): Promise<string>;
  /** The same for a service account that exists, with a token as its pod would have. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Runs kubectl as the admin and gives its stdout. */
  kubectl(...args: string[]): Promise<string>;
  /** Replaces the front proxy's authority and certificate. kube-apiserver reloads them without a restart. */
  rotateFrontProxy(): Promise<void>;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Default: `usual`. */
  kubernetes?: KubernetesRelease;
  /** Controllers beside CONTROLLERS, e.g. garbage-collector-controller and namespace-controller for deletions. */
  controllers?: readonly string[];
  /** More command line arguments of kube-controller-manager and of kube-apiserver. */
  controllerManagerArgs?: readonly string[];
  apiserverArgs?: readonly string[];
}

const ADMIN: User = { name: 'admin', groups: ['system:masters'] };
const CONTROLLER_MANAGER: User = { name: 'system:kube-controller-manager' };

/** A real etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1. There is no kubelet. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'control-plane-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const credentials = await createCredentials(folder);
  const server = { host: '127.0.0.1', port: await freePort(), ca: credentials.ca.cert };

  const clients = starting.use(new DisposableStack());
  const credential = ({ name, groups = [] }: User) => credentials.ca.sign({ name, groups, use: 'client' });
  const client = async (user: User) => clients.use(createKubeClient(server, await credential(user)));
  const writeConfig = async (text: string) => {
    const path = join(folder, `${randomUUID()}.kubeconfig`);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const writeKubeconfig = async (user: User = ADMIN) =>
    writeConfig(kubeconfig(server, await credential(user)));

  const admin = await client(ADMIN);
  const adminFile = await writeKubeconfig();
  const managerFile = await writeKubeconfig(CONTROLLER_MANAGER);
  const etcd = starting.use(await startEtcd(folder));
  const { kubernetes = 'usual', apiserverArgs = [], controllerManagerArgs = [], controllers = [] } = options;
  const apiserver = starting.use(
    await controlled(() =>
      startApiserver({
        kubernetes,
        port: server.port,
        etcdUrl: etcd.url,
        folder,
        args: apiserverArgs,
        client: admin,
      }),
    ),
  );
  const controllerManager = starting.use(
    await controlled(() =>
      startControllerManager({
        kubernetes,
        folder,
        kubeconfigFile: managerFile,
        controllers: [...CONTROLLERS, ...controllers],
        args: controllerManagerArgs,
      }),
    ),
  );

  const started = starting.move();
  const stop = () => started.disposeAsync();
  return {
    server,
    ca: credentials.ca,
    get frontProxy() {
      return credentials.frontProxy;
    },
    admin,
    apiserver,
    controllerManager,
    credential,
    client,
    kubeconfig: writeKubeconfig,
    serviceAccountKubeconfig: async (namespace, name) =>
      writeConfig(tokenKubeconfig(server, await serviceAccountToken(admin, namespace, name))),
    kubectl: async (...args) => run(await kubectlBinary(), [`--kubeconfig=${adminFile}`, ...args]),
    rotateFrontProxy: async () => {
      credentials.frontProxy = await createFrontProxy(folder);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** TokenRequest: what a kubelet asks for on behalf of a pod. */
async function serviceAccountToken(admin: KubeClient, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status, body: answer } = await admin.request(path, { method: 'POST', body });
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${answer.slice(0, 500)}`);
  return (JSON.parse(answer) as { status: { token: string } }).status.token;
}
