import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import {
  type Api,
  type Authority,
  type ControlPlane,
  createAuthority,
  freePort,
  type Ingest,
  type KubeObject,
  start,
  startApi,
  startIngest,
  valkeyBinary,
} from '@activescale/devkit';
import { runJob } from './jobs.ts';
import { overlayObjects, podTemplates } from './overlays.ts';

/** The processes of an overlay, on this machine. */
export interface RunningOverlay extends AsyncDisposable {
  readonly ingest: Ingest;
  readonly api: Api;
  /** Variables of ingest, as its container has them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What cert-manager would sign with: the mesh's certificates too. */
  readonly authority: Authority;
}

const NAMESPACE = 'activescale';
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;

interface Certificate extends KubeObject {
  spec: { secretName: string; isCA?: boolean; dnsNames?: string[]; uris?: string[] };
}

interface Mounting {
  containers: {
    env?: { name: string; value?: string }[];
    volumeMounts?: { name: string; mountPath: string }[];
  }[];
  volumes?: { name: string; secret?: { secretName: string } }[];
}

/**
 * Does what nodes and cert-manager would do once an overlay has been applied: makes the Secrets, and runs the jobs, Valkey
 * and the services with the variables, the files and the accounts that the overlay gives them. Two things differ. There
 * is one Valkey in the place of a Cluster, whose nodes' names nothing here resolves; and TLS ends before it, as the test's
 * Valkey is built without.
 */
export async function runOverlay(plane: ControlPlane, overlay: string): Promise<RunningOverlay> {
  await using starting = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), `${overlay}-`));
  starting.defer(() => rm(root, { recursive: true, force: true }));
  const objects = await overlayObjects(overlay);
  const templates = podTemplates(objects);
  const account = (name: string) => plane.serviceAccountKubeconfig(NAMESPACE, name);
  const runIfThere = async (job: string, name: string) => {
    if (templates.has(`Job ${job}`)) await runJob(overlay, job, await account(name));
  };

  const authority = await createAuthority('of the overlay');
  for (const object of objects) if (isCertificate(object)) await issue(plane, object, authority);
  await runIfThere('activescale-certificate', 'activescale-certificates');
  await runIfThere('activescale-valkey-access', 'activescale-valkey-access');

  /** Where a pod has its files. */
  const place = (owner: string) => join(root, owner.replaceAll(' ', '-'));
  /** The Secrets of a pod as files in its place. */
  const mount = async (owner: string): Promise<Mounting> => {
    const spec = templates.get(owner)?.spec as Mounting | undefined;
    if (spec === undefined) throw new Error(`${overlay} has no ${owner}`);
    for (const { name, mountPath } of spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts)) {
      const secret = spec.volumes?.find((volume) => volume.name === name)?.secret;
      if (secret === undefined) continue;
      const { data } = await plane.admin.get<KubeObject & { data: Record<string, string> }>(
        `${SECRETS}/${secret.secretName}`,
      );
      await mkdir(join(place(owner), mountPath), { recursive: true });
      for (const [key, text] of Object.entries(data))
        await writeFile(join(place(owner), mountPath, key), Buffer.from(text, 'base64'));
    }
    return spec;
  };

  const store = templates.has('Deployment valkey') ? 'Deployment valkey' : 'StatefulSet valkey-cluster';
  await mount(store);
  const port = String(await freePort());
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', root, '--save', ''];
  const users = join(place(store), '/etc/valkey-access/users.acl');
  const valkey = starting.use(start({ command: await valkeyBinary(), args: [...args, '--aclfile', users] }));
  await valkey.line((line) => line.includes('Ready to accept connections') || undefined, 'it listened');

  /** The variables of a service, with the paths and the addresses of this machine. */
  const settingsOf = async (service: string): Promise<Record<string, string>> => {
    const owner = `Deployment activescale-${service}`;
    const [container] = (await mount(owner)).containers;
    const settings: Record<string, string> = {};
    for (const { name, value = '' } of [...mapped(objects, templates.get(owner)), ...(container?.env ?? [])])
      settings[name] = value.startsWith('/etc/') ? join(place(owner), value) : value;
    delete settings.VALKEY_MODE;
    const address = settings.VALKEY_TLS === 'true' ? await tlsBefore(Number(port)) : port;
    return { ...settings, VALKEY_ADDR: `127.0.0.1:${address}` };
  };
  /** With the certificate that the overlay has for Valkey. */
  const tlsBefore = async (plain: number): Promise<number> => {
    const credential = await authority.sign({ name: 'valkey', names: ['127.0.0.1'], use: 'server' });
    const front = createServer(credential, (socket) => {
      pipeline(socket, connect(plain, '127.0.0.1'), socket, () => {});
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    starting.defer(() => void front.close());
    return (front.address() as AddressInfo).port;
  };

  const settings = await settingsOf('ingest');
  const ingest = starting.use(await startIngest(settings));
  const KUBECONFIG = await account('activescale-api');
  const api = starting.use(await startApi({ ...(await settingsOf('api')), KUBECONFIG }));
  await leadTo(plane, api.securePort, authority);
  await runIfThere('activescale-ca-bundle', 'activescale-certificates');
  const started = starting.move();
  return { ingest, api, settings, authority, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

function isCertificate(object: KubeObject): object is Certificate {
  return object.kind === 'Certificate';
}

/** What cert-manager does about a Certificate. */
async function issue(plane: ControlPlane, { spec }: Certificate, authority: Authority): Promise<void> {
  const names = [...(spec.dnsNames ?? []), ...(spec.uris ?? [])];
  const { cert, key } = await authority.sign({ name: spec.secretName, names, use: 'server' });
  await plane.admin.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: spec.secretName, namespace: NAMESPACE },
    stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert },
  });
}

/** The variables of the ConfigMaps of a pod. */
function mapped(objects: readonly KubeObject[], template: { spec: Mounting } | undefined) {
  const [container] = (template?.spec.containers ?? []) as {
    envFrom?: { configMapRef: { name: string } }[];
  }[];
  return (container?.envFrom ?? []).flatMap(({ configMapRef }) => {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name,
    );
    const { data = {} } = (map ?? {}) as { data?: Record<string, string> };
    return Object.entries(data).map(([name, value]) => ({ name, value }));
  });
}

/** kube-apiserver finds api by a Service without pods; what cert-manager's cainjector fills in is filled in. */
async function leadTo(plane: ControlPlane, port: number, authority: Authority): Promise<void> {
  const { admin } = plane;
  await admin.patch(`/api/v1/namespaces/${NAMESPACE}/services/activescale-api`, {
    spec: { type: 'ExternalName', externalName: 'localhost', clusterIP: null, clusterIPs: null },
  });
  const services = '/apis/apiregistration.k8s.io/v1/apiservices';
  for (const name of [
    'v1beta2.custom.metrics.k8s.io',
    'v1beta1.custom.metrics.k8s.io',
    'v1alpha1.activescale.io',
  ]) {
    const { metadata } = await admin.get<KubeObject>(`${services}/${name}`);
    const { annotations = {} } = metadata as { annotations?: Record<string, string> };
    const caBundle = Buffer.from(authority.cert).toString('base64');
    const injected = annotations['cert-manager.io/inject-ca-from'] !== undefined && { caBundle };
    await admin.patch(`${services}/${name}`, { spec: { service: { port }, ...injected } });
  }
}
