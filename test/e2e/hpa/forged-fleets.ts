import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, type KubeObject, runPods } from '@activescale/devkit';
import { openStream, type Stream } from '../client.ts';
import { type ForgedLoad, type ForgedPod, forgePod } from '../forged-pod.ts';

/** The pods of one Deployment, each alone in its namespace. */
export interface FleetSpec {
  readonly namespace: string;
  readonly type: 'sidecar' | 'router';
  /** The load of each of this number of pods in the next second. */
  load(pods: number): ForgedLoad;
}

export interface Fleets extends AsyncDisposable {
  /** Replicas that each namespace's Deployment has wanted, by second. */
  readonly replicas: ReadonlyMap<string, readonly number[]>;
}

interface Member {
  readonly pod: ForgedPod;
  readonly stream: Stream;
}

/** Plays the kubelet and the proxies of many Deployments: each pod runs at once, and pushes a flush a second. */
export function startFleets(plane: ControlPlane, sinkPort: number, specs: readonly FleetSpec[]): Fleets {
  const members = new Map<string, Member>();
  const replicas = new Map<string, number[]>(specs.map(({ namespace }) => [namespace, []]));
  const closing = new AbortController();

  const second = async (): Promise<void> => {
    const deployments = await plane.admin.list<KubeObject & { spec: { replicas: number } }>(
      '/apis/apps/v1/deployments',
    );
    for (const { metadata, spec } of deployments) {
      replicas.get(metadata.namespace ?? '')?.push(spec.replicas);
    }
    const pods = await plane.admin.list('/api/v1/pods');
    const alive = new Set(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    for (const [key, { stream }] of members) {
      if (alive.has(key)) continue;
      members.delete(key);
      stream.end();
    }
    for (const { namespace, type, load } of specs) {
      const ours = pods.filter(({ metadata }) => metadata.namespace === namespace);
      for (const { metadata } of ours) {
        const key = `${namespace}/${metadata.name}`;
        if (members.has(key)) continue;
        const pod = forgePod({ namespace, pod: metadata.name, type });
        members.set(key, { pod, stream: openStream(sinkPort) });
      }
      const each = load(ours.length);
      for (const { metadata } of ours) {
        const member = members.get(`${namespace}/${metadata.name}`);
        for (const message of member?.pod.flush(each) ?? []) member?.stream.push(message);
      }
      await runPods(plane.admin, { namespace });
    }
  };
  const run = async (): Promise<void> => {
    const begun = performance.now();
    for (let count = 1; !closing.signal.aborted; count++) {
      await second();
      const rest = Math.max(0, begun + count * 1_000 - performance.now());
      await sleep(rest, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();
  running.catch(() => {}); // reported when it is disposed of
  return {
    replicas,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
      await Promise.all([...members.values()].map(({ stream }) => stream[Symbol.asyncDispose]()));
    },
  };
}
