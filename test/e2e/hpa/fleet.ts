import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ControlPlane,
  type Envoy,
  type EnvoyOptions,
  holdOpen,
  type KubeClient,
  type Load,
  listPods,
  runPods,
  startEnvoy,
  startUpstream,
} from '@activescale/devkit';

/** The pods of a Deployment with all that the cluster lacks here: their kubelet, their proxies, their clients. */
export interface Fleet extends AsyncDisposable {
  /** From now on this number of requests is in flight, spread over the existing pods. */
  setRequests(count: number): void;
  /** Pods that have a proxy and are not being deleted. */
  size(): number;
}

export interface FleetOptions {
  readonly plane: ControlPlane;
  readonly namespace: string;
  /** Label `app` of the pods. */
  readonly app: string;
  /** Where the proxies push to. */
  readonly sinkPort: number;
  /** The command for it. */
  readonly proxy?: Pick<EnvoyOptions, 'flush' | 'inclusionRegexps'>;
}

interface Member {
  readonly envoy: Envoy;
  /** Each holds one request open. */
  readonly requests: Load[];
}

const LOOK_MS = 100;
/** Longer than a flush: a request that moves must be seen to end before it is seen again, or it would count twice. */
const MOVE_MS = 1_300;
/** How long a pod takes to go once it is deleted. */
const TERMINATION_MS = 2_000;

export async function startFleet({ plane, namespace, app, sinkPort, proxy }: FleetOptions): Promise<Fleet> {
  const upstream = await startUpstream();
  const members = new Map<string, Member>();
  const leaving = new Map<string, number>();
  let wanted = 0;
  let quietUntil = 0;
  const closing = new AbortController();

  /** New pods get a proxy, pods that go lose theirs, those that are gone long enough are let go. */
  const keep = async (): Promise<void> => {
    const options = { namespace, labelSelector: `app=${app}` };
    const pods = await listPods(plane.admin, options);
    const alive = new Set(
      pods.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name),
    );
    for (const [name, member] of members) {
      if (alive.has(name)) continue;
      members.delete(name);
      await endMember(member);
    }
    for (const { metadata } of pods) {
      if (!metadata.deletionTimestamp) continue;
      const since = leaving.get(metadata.name) ?? performance.now();
      leaving.set(metadata.name, since);
      if (performance.now() - since < TERMINATION_MS) continue;
      await letGo(plane.admin, `/api/v1/namespaces/${namespace}/pods/${metadata.name}`);
    }
    for (const name of alive) {
      if (members.has(name)) continue;
      const envoy = await startEnvoy({
        pod: name,
        namespace,
        labels: { app },
        sinkPort,
        upstreamPort: upstream.port,
        flush: '1s',
        ...proxy,
      });
      members.set(name, { envoy, requests: [] });
    }
    await runPods(plane.admin, options);
  };

  /** What is too many on one pod ends; what is missing in all begins, after the former has been seen to end. */
  const spread = async (): Promise<void> => {
    const all = [...members.values()];
    for (const [index, { requests }] of all.entries()) {
      const share = Math.floor(wanted / all.length) + (index < wanted % all.length ? 1 : 0);
      while (requests.length > share) {
        await requests.pop()?.stop();
        quietUntil = performance.now() + MOVE_MS;
      }
    }
    if (performance.now() < quietUntil) return;
    for (const [index, { envoy, requests }] of all.entries()) {
      const share = Math.floor(wanted / all.length) + (index < wanted % all.length ? 1 : 0);
      while (requests.length < share) requests.push(holdOpen({ port: envoy.port, count: 1 }));
    }
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await keep();
      await spread();
      await sleep(LOOK_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    setRequests(count) {
      wanted = count;
    },
    size: () => members.size,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
      await Promise.all([...members.values()].map(endMember));
      await upstream.stop();
    },
  };
}

async function endMember({ envoy, requests }: Member): Promise<void> {
  envoy.kill(); // its last flush would come from a pod that is gone
  await Promise.all(requests.map((request) => request.stop()));
  await envoy.stop();
}

/** Ends the termination of a pod, as its kubelet would. */
async function letGo(admin: KubeClient, path: string): Promise<void> {
  await admin.request(`${path}?gracePeriodSeconds=0`, { method: 'DELETE' });
  const { status, body } = await admin.request(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { finalizers: null } },
  });
  if (status !== 200 && status !== 404) throw new Error(`the finalizers of ${path} stay: ${status} ${body}`);
}
