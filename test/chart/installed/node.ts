import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, startBalancer, until } from '@activescale/devkit';
import { type Pod, prepare } from './pod.ts';
import { type Addresses, programOf, type Running, runTask, startProgram } from './programs.ts';

/** What nodes, kube-proxy and a kubelet are to the pods of one namespace. */
export interface Node extends AsyncDisposable {
  readonly addresses: Addresses;
  /** The log of a task by the name of its container, once for each time that it ran. */
  readonly tasks: ReadonlyMap<string, readonly string[]>;
  /** Pods of a program that are ready. */
  ready(program: 'ingest' | 'api' | 'valkey'): number;
  /** Why pods could not be run. */
  failures(): readonly string[];
}

interface Member {
  readonly program: 'ingest' | 'api' | 'valkey';
  readonly begun: Promise<void>;
  running?: Running;
  /** Not yet being deleted. */
  isServing: boolean;
}

/** Without a preStop. */
async function endNow(member: Member): Promise<void> {
  await member.begun.catch(() => {});
  await member.running?.stop();
}

const LOOK_MS = 100;
/** The preStop hook waits until an endpoint is removed everywhere; here, in ms. */
const PRE_STOP_MS = 500;
const WAIT = { deadline: 240_000, every: 200 };

/**
 * Runs the pods of a namespace as processes of this machine, with the environment, files, arguments and accounts that their
 * specifications give them. A pod waits for its Secrets; a task that fails is run again.
 */
export async function startNode(plane: ControlPlane, namespace: string): Promise<Node> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'node-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const addresses: Addresses = {
    pushes: starting.use(await startBalancer([])),
    queries: starting.use(await startBalancer([])),
    valkey: starting.use(await startBalancer([])),
  };
  const { admin } = plane;
  const members = new Map<string, Member>();
  const tasks = new Map<string, string[]>();
  const closing = new AbortController();
  const path = (pod: Pod) => `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`;

  const serving = (program: Member['program']) =>
    [...members.values()].filter((each) => each.program === program && each.isServing && each.running);
  const route = () => {
    const ports = (program: Member['program']) => serving(program).map(({ running }) => running?.port ?? 0);
    addresses.pushes.setTargets(ports('ingest'));
    addresses.queries.setTargets(ports('api'));
    addresses.valkey.setTargets(ports('valkey'));
  };
  const setStatus = (pod: Pod, phase: string, ready: 'True' | 'False') => {
    const time = new Date().toISOString();
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: type.endsWith('Ready') ? ready : 'True',
      lastTransitionTime: time,
    }));
    return admin.patch(`${path(pod)}/status`, { status: { phase, conditions, startTime: time } });
  };

  const begin = async (pod: Pod, member: Member): Promise<void> => {
    const place = join(folder, pod.metadata.uid);
    const target = { apiVersion: 'v1', kind: 'Node', name: 'node' };
    await admin.request(`${path(pod)}/binding`, {
      method: 'POST',
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: pod.metadata.name }, target },
    });
    const signal = closing.signal;
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      const what = `${pod.metadata.name} to run ${container.name}`;
      const prepared = await until(() => prepare(plane, pod, container, place), { what, signal, ...WAIT });
      if (container.command?.[0] !== 'node') {
        member.running = await startProgram(member.program, prepared, addresses);
        route();
        return void (await setStatus(pod, 'Running', 'True'));
      }
      const log = await until(() => runTask(prepared), { what, signal, ...WAIT });
      tasks.set(container.name, [...(tasks.get(container.name) ?? []), log]);
    }
    await setStatus(pod, 'Succeeded', 'False');
  };
  const end = async (pod: Pod, member: Member): Promise<void> => {
    member.isServing = false;
    route();
    await member.begun.catch(() => {});
    await sleep(PRE_STOP_MS);
    await member.running?.stop();
    await admin.request(`${path(pod)}?gracePeriodSeconds=0`, { method: 'DELETE' });
  };

  const failures: string[] = [];
  const note = (work: Promise<void>) =>
    work.catch((error) => {
      if (!closing.signal.aborted) failures.push(String(error));
    });
  const keep = async (): Promise<void> => {
    const pods = await admin.list<Pod>(`/api/v1/namespaces/${namespace}/pods`);
    for (const pod of pods) {
      const { uid, deletionTimestamp } = pod.metadata;
      const known = members.get(uid);
      if (known === undefined && !deletionTimestamp && pod.status?.phase === 'Pending') {
        const member: Member = {
          program: programOf(pod.spec.containers[0] as Pod['spec']['containers'][number]),
          begun: Promise.resolve().then(() => begin(pod, member)),
          isServing: true,
        };
        members.set(uid, member);
        void note(member.begun);
      } else if (known?.isServing && deletionTimestamp) void note(end(pod, known));
    }
  };
  const loop = (async () => {
    while (!closing.signal.aborted) {
      await keep().catch((error) => failures.push(String(error)));
      await sleep(LOOK_MS);
    }
  })();
  const started = starting.move();
  return {
    addresses,
    tasks,
    ready: (program) => serving(program).length,
    failures: () => failures,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await loop;
      await Promise.all([...members.values()].map(endNow));
      await started.disposeAsync();
    },
  };
}
