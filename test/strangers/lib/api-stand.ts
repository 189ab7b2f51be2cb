import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterRole, clusterRoleBinding, namespace, role, roleBinding } from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { HONEST_QUERY } from '../api/asking.ts';
import { startHostileAdapter } from '../api/hostile-adapter.ts';
import type { ApiTarget } from './assault.ts';
import { startHonest } from './honest.ts';
import { heapFlag, memoryLimitOf, watchMemory } from './memory.ts';
import type { Stand } from './stand.ts';

const PODS = 50;
/** Between two flushes: the records stay fresh, for four times as long, without being written again. */
const FLUSH_MS = 70_000;
const READ_METRICS = [{ apiGroups: ['custom.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] }];

/** api under its memory limit, behind a kube-apiserver. */
export interface ApiCluster extends AsyncDisposable {
  /** For one attack: api is started again with everything if the last attack ended it. */
  stand(): Promise<Stand>;
}

interface ApiClusterOptions {
  /** For the files of clients. */
  readonly folder: string;
  /** With KEDA_PORT, and a hostile adapter in FALLTHROUGH_CUSTOM. */
  readonly outward: boolean;
}

export function createApiCluster({ folder, outward }: ApiClusterOptions): ApiCluster {
  const limit = memoryLimitOf('api');
  let running: Running | undefined;
  const start = async (): Promise<Running> => {
    await using starting = new AsyncDisposableStack();
    const adapter = outward ? starting.use(await startHostileAdapter()) : undefined;
    const { NODE_OPTIONS = '', ...env } = adapter?.settings ?? {};
    const bench = starting.use(
      await startInCluster({ env: { ...env, NODE_OPTIONS: `${NODE_OPTIONS} ${heapFlag(limit)}` } }),
    );
    const all = starting.move();
    const started: Running = {
      bench,
      exit: undefined,
      kedaPort: outward ? bench.api.kedaPort : 0,
      [Symbol.asyncDispose]: () => all.disposeAsync(),
    };
    void bench.api.exited.then((code) => {
      started.exit = String(code);
    });
    return started;
  };
  return {
    async stand() {
      if (running?.exit !== undefined) await running[Symbol.asyncDispose]();
      if (running === undefined || running.exit !== undefined) running = await start();
      return startStand(running, limit, folder);
    },
    async [Symbol.asyncDispose]() {
      await running?.[Symbol.asyncDispose]();
    },
  };
}

interface Running extends AsyncDisposable {
  readonly bench: ClusterBench;
  readonly kedaPort: number;
  /** How api ended, if it did. */
  exit: string | undefined;
}

async function startStand(running: Running, limit: number, folder: string): Promise<Stand> {
  await using starting = new AsyncDisposableStack();
  const { bench } = running;
  const { api, plane } = bench;
  await populate(bench);
  const memory = starting.use(watchMemory(api.pid, limit, () => api.kill()));
  const access = join(folder, 'hpa.json');
  const credential = await plane.credential({ name: 'hpa' });
  await writeFile(access, JSON.stringify({ server: plane.server, credential }));
  const probes = starting.use(await startHonest('probes.ts', { admin: String(api.adminPort) }));
  const honest = starting.use(await startHonest('hpa.ts', { access, path: HONEST_QUERY }));
  const target: ApiTarget = {
    securePort: api.securePort,
    kedaPort: running.kedaPort,
    adminPort: api.adminPort,
    kube: plane.server,
    viewer: await plane.credential({ name: 'viewer' }),
    nobody: await plane.credential({ name: 'nobody' }),
  };
  const started = starting.move();
  return {
    target,
    honest,
    probes,
    memory,
    exit: () => running.exit,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Pods with records, an HPA that may read all, and a viewer of one namespace. */
async function populate({ plane: { admin }, put }: ClusterBench): Promise<void> {
  for (const name of ['shop', 'mine']) await admin.apply(namespace(name));
  await admin.apply(clusterRole('reader', READ_METRICS));
  await admin.apply(clusterRoleBinding('hpa', 'reader', { kind: 'User', name: 'hpa' }));
  await admin.apply(role('reader', 'mine', READ_METRICS));
  await admin.apply(roleBinding('viewer', 'mine', 'reader', { kind: 'User', name: 'viewer' }));
  const pods = [
    ...Array.from({ length: PODS }, (_, i) => ({ namespace: 'shop', name: `web-${i}` })),
    { namespace: 'mine', name: 'web-0' },
  ];
  for (const metadata of pods) {
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
  }
  await put(...pods.map((pod) => ({ ...pod, active: 3, flushLength: FLUSH_MS, expiry: 600_000 })));
}
