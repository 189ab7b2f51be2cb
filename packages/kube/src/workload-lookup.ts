import { createAnswerCache } from './answer-cache.ts';
import { type KubeClient, KubeError } from './client/kube-client.ts';
import { everyScalableKind } from './every-scalable-kind.ts';
import { canNameNamespace, canNameWorkload } from './names.ts';
import { collectionPath, type Kind } from './scalable-kinds.ts';

/** A workload with a scale subresource. */
export interface FoundWorkload {
  readonly kind: Kind;
  readonly name: string;
  /** The selector of its pods, as text; undefined: its scale has none. */
  readonly selector: string | undefined;
  /** status.replicas of its scale. */
  readonly replicas: number;
}

interface Scale {
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

const BUILT_IN: readonly Kind[] = [
  builtIn('apps', 'deployments', 'Deployment'),
  builtIn('apps', 'statefulsets', 'StatefulSet'),
  builtIn('apps', 'replicasets', 'ReplicaSet'),
  builtIn('', 'replicationcontrollers', 'ReplicationController'),
];

const TTL_MS = 15_000;
const KINDS_TTL_MS = 60_000;
const TIMEOUT_MS = 900;
const CACHE_SIZE = 1_000;
/** Kinds to look into for one name, beside those of Kubernetes. */
const MAX_KINDS = 64;
const AT_ONCE = 16;

/**
 * Finds the workloads of a name, whatever their kind: those of Kubernetes, else of any kind with a scale subresource.
 * Kinds that this user may not read are skipped. Answers are cached for 15 s. Rejects when the cluster cannot be asked; an
 * older answer is never used in its place, because a load of 0 depends on it.
 */
export function createWorkloadLookup(
  client: KubeClient,
): (namespace: string, name: string) => Promise<readonly FoundWorkload[]> {
  const cacheOf = <T>(ttl: number) =>
    createAnswerCache<readonly T[]>({
      ttl,
      staleTtl: 0,
      size: CACHE_SIZE,
      isPositive: (found) => found.length > 0,
      bytesOf: (found) => 2 * JSON.stringify(found).length,
      stale() {},
      now: () => performance.now(),
    });
  const known = cacheOf<FoundWorkload>(TTL_MS);
  const otherKinds = cacheOf<Kind>(KINDS_TTL_MS);

  const read = async (kind: Kind, namespace: string, name: string): Promise<FoundWorkload | undefined> => {
    const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}/scale`;
    try {
      const { status } = await client.get<Scale>(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { kind, name, selector: status?.selector || undefined, replicas: status?.replicas ?? 0 };
    } catch (error) {
      if (error instanceof KubeError && (error.status === 404 || error.status === 403)) return undefined;
      throw error;
    }
  };
  /** A workload that is found settles it, even if another kind cannot be read (a conversion webhook is down). */
  const readAll = async (kinds: readonly Kind[], namespace: string, name: string) => {
    const found: FoundWorkload[] = [];
    let failure: PromiseRejectedResult | undefined;
    for (let i = 0; i < kinds.length; i += AT_ONCE) {
      const some = kinds.slice(i, i + AT_ONCE);
      const results = await Promise.allSettled(some.map((kind) => read(kind, namespace, name)));
      for (const result of results) {
        if (result.status === 'rejected') failure = result;
        else if (result.value !== undefined) found.push(result.value);
      }
    }
    if (found.length === 0 && failure !== undefined) throw failure.reason;
    return found;
  };
  const find = async (namespace: string, name: string): Promise<readonly FoundWorkload[]> => {
    const found = await readAll(BUILT_IN, namespace, name);
    if (found.length > 0) return found;
    const all = await otherKinds.get('', () => everyScalableKind(client));
    return readAll(all.filter(isOther).slice(0, MAX_KINDS), namespace, name);
  };

  return async (namespace, name) => {
    if (!canNameNamespace(namespace) || !canNameWorkload(name)) return [];
    return known.get(`${namespace}/${name}`, () => find(namespace, name));
  };
}

function builtIn(group: string, resource: string, kind: string): Kind {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  return { resource: { group, resource }, kind, apiVersion, selects: 'scale' };
}

function isOther({ resource: { group } }: Kind): boolean {
  return group !== 'apps';
}
