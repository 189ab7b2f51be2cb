import { type ControlPlane, helm, until } from '@activescale/devkit';
import { chart } from '../chart.ts';

/** Helm for one release, named activescale, in one namespace of a cluster. */
export interface Release {
  /** `helm upgrade --install`, until all that it has installed is ready. */
  install(...args: readonly string[]): Promise<string>;
  /** Any other command on the release, such as `get manifest`: `helm COMMAND activescale ARGS`. */
  run(command: string, ...args: readonly string[]): Promise<string>;
}

/** @param kubeconfig of a user who may do everything */
export function openRelease(namespace: string, kubeconfig: string): Release {
  const cluster = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  const wait = ['--wait', '--wait-for-jobs', '--timeout', '4m'];
  return {
    install: (...args) =>
      helm('upgrade', '--install', 'activescale', chart, ...cluster, '--create-namespace', ...wait, ...args),
    run: (command, ...args) => helm(...command.split(' '), 'activescale', ...cluster, ...args),
  };
}

/** kube-apiserver has no proxy for a cluster IP here: the Service of api leads to this machine, on the port of the Service. */
export async function leadHere(plane: ControlPlane, namespace: string): Promise<void> {
  await plane.admin.patch(`/api/v1/namespaces/${namespace}/services/activescale-api`, {
    spec: { type: 'ExternalName', externalName: 'localhost', clusterIP: null, clusterIPs: null },
  });
}

/** The caBundle by which kube-apiserver verifies api, base64. */
export async function caBundle({ admin }: ControlPlane): Promise<string> {
  const path = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta2.custom.metrics.k8s.io';
  return (await admin.get<{ spec: { caBundle: string } }>(path)).spec.caBundle;
}

/** The controllers that jobs and removals need. */
export const REMOVERS = [
  'job-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'clusterrole-aggregation-controller',
];

/** Kinds that controllers and clients create for themselves. */
const FLEETING = /^(Event|Lease|EndpointSlice|Endpoints|ComponentStatus|PodMetrics|NodeMetrics)$/;

/** `kind namespace/name` of each object of the cluster. */
export async function everything(plane: ControlPlane): Promise<Set<string>> {
  const resources = await plane.kubectl('api-resources', '--verbs=list', '--output=name');
  const names = resources.trim().split('\n').join(',');
  const template = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const list = await plane.kubectl('get', names, '--all-namespaces', `--output=jsonpath=${template}`);
  const lines = list.trim().split('\n');
  return new Set(lines.filter((line) => !FLEETING.test(line.split(' ')[0] ?? '')));
}

interface Leftovers {
  readonly namespace: string;
  /** What was there before the release. */
  readonly before: ReadonlySet<string>;
  /** Other objects that are not of the release. */
  readonly except?: RegExp;
}

/** What controllers create in every namespace, the first ones of a cluster some time after its start. */
const OF_EVERY_NAMESPACE = /^(ConfigMap [^/]+\/kube-root-ca\.crt|ServiceAccount [^/]+\/default)$/;

/** Waits until nothing is left of a release but its namespace, with what every namespace has. */
export async function nothingLeft(
  plane: ControlPlane,
  { namespace, before, except }: Leftovers,
): Promise<void> {
  const isExpected = (object: string) =>
    before.has(object) || object === `Namespace /${namespace}` || OF_EVERY_NAMESPACE.test(object);
  const look = async () => {
    const left = [...(await everything(plane))].filter(
      (object) => !isExpected(object) && !except?.test(object),
    );
    if (left.length > 0) throw new Error(left.join(', '));
    return true;
  };
  await until(look, { what: 'nothing to be left', deadline: 60_000, every: 1_000 });
}
