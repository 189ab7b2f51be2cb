import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import {
  applyApiServices,
  clusterRole,
  clusterRoleBinding,
  createAuthority,
  EXTERNAL_METRICS,
  type KubeObject,
  namespace,
  until,
} from '@activescale/devkit';
import { API_USER } from '../../contract/api-cluster.ts';
import { type Fault, SETTINGS, type System } from './faults.ts';

const ROLE = 'activescale-fall-through-custom';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const SERVICE = '/api/v1/namespaces/monitoring/services/prometheus-adapter';
const DEPLOYMENT = '/apis/apps/v1/namespaces/activescale/deployments/activescale-api';
const AUTHORITY = '/api/v1/namespaces/activescale/configmaps/activescale-fall-through-custom';
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scaledobjects.keda.sh';
const FOLDER = '/etc/activescale/fall-through-custom';

/** Settings and rights of api as with the component fall-through, and the Service of the other adapter. */
async function fallThrough(
  { admin }: System,
  { port = '', service }: { port?: string; service?: object },
): Promise<void> {
  const data = {
    FALLTHROUGH_CUSTOM: `monitoring/prometheus-adapter${port}`,
    FALLTHROUGH_CUSTOM_CA_FILE: `${FOLDER}/ca.crt`,
  };
  await admin.patch(SETTINGS, { data });
  const rules = [{ apiGroups: ['custom.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] }];
  await admin.apply(clusterRole(ROLE, rules));
  await admin.apply(clusterRoleBinding(ROLE, ROLE, { kind: 'User', name: API_USER }));
  if (service === undefined) return;
  await admin.apply(namespace('monitoring'));
  const metadata = { name: 'prometheus-adapter', namespace: 'monitoring' };
  await admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: service });
}

async function undo({ admin }: System): Promise<void> {
  await admin.patch(SETTINGS, { data: { FALLTHROUGH_CUSTOM: null, FALLTHROUGH_CUSTOM_CA_FILE: null } });
  for (const path of [SERVICE, `${RBAC}/clusterroles/${ROLE}`, `${RBAC}/clusterrolebindings/${ROLE}`])
    await admin.request(path, { method: 'DELETE' });
}

/** Mounts the authority into the container of api. */
async function mountAuthority({ admin }: System, text: string): Promise<void> {
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'activescale-fall-through-custom', namespace: 'activescale' },
    data: { 'ca.crt': text },
  });
  const volume = { name: 'authority', configMap: { name: 'activescale-fall-through-custom' } };
  await patchContainer({ admin }, [{ name: 'authority', mountPath: FOLDER }], [volume]);
}

async function patchContainer(
  { admin }: Pick<System, 'admin'>,
  volumeMounts: readonly object[] | null,
  volumes: readonly object[] | null,
): Promise<void> {
  const { spec } = await admin.get<KubeObject & { spec: { template: { spec: { containers: object[] } } } }>(
    DEPLOYMENT,
  );
  const containers = spec.template.spec.containers.map((container) => ({ ...container, volumeMounts }));
  await admin.patch(DEPLOYMENT, { spec: { template: { spec: { containers, volumes } } } });
}

async function unmount(system: System): Promise<void> {
  await patchContainer(system, null, null);
  await system.admin.delete(AUTHORITY);
  await undo(system);
}

/** The kind of KEDA's objects, without a schema. */
function scaledObjects(): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'scaledobjects.keda.sh' },
    spec: {
      group: 'keda.sh',
      scope: 'Namespaced',
      names: { kind: 'ScaledObject', plural: 'scaledobjects', singular: 'scaledobject' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  };
}

async function scaleByKeda({ admin, bench }: System): Promise<void> {
  await admin.apply(scaledObjects());
  const object = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'queue', namespace: 'shop' },
  };
  const isCreated = () =>
    admin.apply(object).then(
      () => true,
      () => false, // kube-apiserver takes a moment to serve a new kind
    );
  await until(isCreated, { what: 'the kind ScaledObject', deadline: 30_000, every: 100 });
  const { securePort } = bench.api;
  await applyApiServices(admin, {
    securePort,
    caBundle: bench.plane.ca.cert,
    versions: EXTERNAL_METRICS,
  });
}

/** Stands for an adapter, for its certificate. */
let server: Server | undefined;

/** What is wrong with other adapters, whose metrics HPAs read through api. */
export const FALL_THROUGH_FAULTS: readonly Fault[] = [
  {
    name: 'the other adapter has no Service',
    check: 'fall-through',
    code: 'ASC701',
    problem: /^it does not exist, so its metrics of custom\.metrics\.k8s\.io are unavailable$/,
    seed: (system) => fallThrough(system, {}),
    undo,
  },
  {
    name: 'the Service of the other adapter has another port',
    check: 'fall-through',
    code: 'ASC702',
    problem: /^it has no port 443/,
    seed: (system) => fallThrough(system, { service: { ports: [{ port: 6443 }] } }),
    undo,
  },
  {
    name: 'no pod of the other adapter is ready',
    check: 'fall-through',
    code: 'ASC703',
    problem: /^it has no ready endpoint/,
    seed: (system) => fallThrough(system, { service: { ports: [{ port: 443 }] } }),
    undo,
  },
  {
    name: 'api may not ask the other adapter',
    check: 'fall-through',
    code: 'ASC704',
    problem: /^it may not get \*\.custom\.metrics\.k8s\.io, which it needs to query the other adapter/,
    async seed(system) {
      await fallThrough(system, { service: { type: 'ExternalName', externalName: 'localhost' } });
      await system.admin.delete(`${RBAC}/clusterrolebindings/${ROLE}`);
    },
    undo,
  },
  {
    name: 'the authority of the other adapter is not in the file',
    check: 'fall-through',
    code: 'ASC705',
    problem: /^ConfigMap activescale-fall-through-custom has no certificate in ca\.crt$/,
    async seed(system) {
      await fallThrough(system, { service: { type: 'ExternalName', externalName: 'localhost' } });
      await mountAuthority(system, 'no certificate');
    },
    undo: unmount,
  },
  {
    name: 'the certificate of the other adapter has another name',
    check: 'fall-through',
    code: 'ASC706',
    problem: /^its certificate is not for prometheus-adapter\.monitoring\.svc$/,
    async seed(system) {
      const service = { type: 'ExternalName', externalName: 'localhost' };
      await fallThrough(system, { service, port: `:${system.bench.api.securePort}` });
      await mountAuthority(system, system.bench.plane.ca.cert);
    },
    undo: unmount,
  },
  {
    name: 'the certificate of the other adapter is of another CA',
    check: 'fall-through',
    code: 'ASC707',
    problem: /^FALLTHROUGH_CUSTOM_CA_FILE does not verify the certificate that it serves$/,
    async seed(system) {
      const name = 'prometheus-adapter.monitoring.svc';
      const { cert, key } = await system.bench.plane.ca.sign({
        name,
        names: [name, 'localhost'],
        use: 'server',
      });
      server = createServer({ cert, key }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await fallThrough(system, {
        service: { type: 'ExternalName', externalName: 'localhost' },
        port: `:${port}`,
      });
      await mountAuthority(system, (await createAuthority('another')).cert);
    },
    async undo(system) {
      server?.close();
      await unmount(system);
    },
  },
  {
    name: "KEDA's HPAs ask api, which does not ask KEDA",
    check: 'fall-through',
    code: 'ASC711',
    problem: /^the HPAs of ScaledObjects \(queue in shop\) get no metrics: it belongs to activescale/,
    seed: scaleByKeda,
    async undo({ admin }) {
      await admin.delete('/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io');
      await admin.delete(CRD);
    },
  },
];
