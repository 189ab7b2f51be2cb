import type { KubeObject } from '@activescale/devkit';

// What differs between the objects of the chart and those of kustomize, by design (deploy/chart/README.md). All else is equal.

type Value = unknown;
type Fields = Record<string, Value>;

/** Labels by which Helm recognizes its objects. */
const CHART_LABELS = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];
/** Restarts the pods for new settings, as the hash in the name of kustomize's ConfigMaps does. */
const CHECKSUM = 'checksum/settings';
const HASH = /-[a-z0-9]{10}$/;

/** The objects of either by kind, namespace and name, without the differences. */
export function comparable(objects: readonly KubeObject[]): Map<string, Fields> {
  const maps = new Map(
    objects
      .filter(({ kind, metadata }) => kind === 'ConfigMap' && HASH.test(metadata.name))
      .map(({ metadata }) => [metadata.name, metadata.name.replace(HASH, '')]),
  );
  return new Map(
    objects
      // `helm install --create-namespace` creates it.
      .filter(({ kind }) => kind !== 'Namespace')
      .map((object) => {
        const fields = normal(object, maps) as Fields & KubeObject;
        if (object.kind === 'Job') asJob(fields);
        // The job of self-signed sets it: in the chart, an upgrade would be in conflict with the job.
        if (object.kind === 'APIService') delete (fields.spec as Fields).insecureSkipTLSVerify;
        const { kind, metadata } = fields;
        return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, fields];
      }),
  );
}

/** The chart's Jobs have the revision in their name, and stay until the next one: `helm --wait` waits for what it installed. */
function asJob(job: KubeObject): void {
  job.metadata.name = job.metadata.name.replace(/-\d+$/, '');
  delete (job.spec as Fields).ttlSecondsAfterFinished;
}

function normal(value: Value, maps: ReadonlyMap<string, string>): Value {
  if (typeof value === 'string') return maps.get(value) ?? value;
  if (Array.isArray(value)) return sorted(value.map((each) => normal(each, maps)));
  if (value === null || typeof value !== 'object') return value;
  const fields: Fields = {};
  for (const [key, inner] of Object.entries(value)) {
    if (CHART_LABELS.includes(key) || key === CHECKSUM) continue;
    const next = key === 'resourceNames' ? (inner as string[]).toSorted() : normal(inner, maps);
    // Nothing is left of annotations that only had a checksum; a list without members is the same as none.
    const isEmpty = typeof next === 'object' && next !== null && Object.keys(next).length === 0;
    if (isEmpty && (key === 'annotations' || key === 'env' || key === 'volumes')) continue;
    fields[key] = next;
  }
  return fields;
}

/** Lists whose members have a key, such as volumes, in the order of that key: Kubernetes merges them by it. */
function sorted(list: readonly Value[]): readonly Value[] {
  const keyOf = (member: Value): string | undefined => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return undefined;
    const { name, mountPath, parameter } = member as Record<string, string | undefined>;
    return mountPath ?? name ?? parameter;
  };
  if (!list.every((member) => keyOf(member) !== undefined)) return list;
  return list.toSorted((a, b) => String(keyOf(a)).localeCompare(String(keyOf(b))));
}
