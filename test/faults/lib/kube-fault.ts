import { namespace, startIngest } from '@activescale/devkit';
import { V1BETA2 } from '../../contract/api.ts';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { DYING, DYING_PODS, nameOf, namespaceOf, namespacesOf, type Pods } from './pods.ts';
import { type Outcome, play, type Sizes } from './run-fault.ts';
import { startLoad, truthOf } from './stand.ts';
import { startWatch } from './watch.ts';

export const KUBE_FAULT = 'kube-apiserver is gone for 60 s';
const GONE_MS = 60_000;

/**
 * A real control plane that goes away while api is asked directly, as a client that holds a certificate may. The pods
 * that die are still there as objects, so it is METRIC_TTL alone that ends them.
 */
export async function runKubeFault(sizes: Sizes): Promise<Outcome> {
  const { pods } = sizes;
  const truth = truthOf(sizes);
  const env = { METRIC_TTL: `${truth.ttl}ms` };
  const wrongs: string[] = [];
  await using bench = await startInCluster({ env });
  await createPods(bench, pods);
  await using ingest = await startIngest({ ...env, VALKEY_ADDR: bench.valkey.addr });
  await using load = startLoad(ingest.grpcPort, pods, truth);
  await load.line((line) => line.includes('"event":"flowing"') || undefined, 'every pod had flushed');
  const client = bench.direct(await bench.plane.credential({ name: 'root', groups: ['system:masters'] }));
  await using watch = startWatch({
    truth,
    pods,
    ask: (name) => client.request(`${V1BETA2}/namespaces/${name}/pods/*/active_requests`),
    onWrong: (what) => wrongs.push(what),
  });
  const { apiserver } = bench.plane;
  const strike = async () => {
    await apiserver.stop();
    return () => apiserver.restart();
  };
  return { ...(await play({ load, watch, strike }, { ...sizes, hold: GONE_MS })), wrongs };
}

async function createPods({ plane: { admin } }: ClusterBench, pods: Pods): Promise<void> {
  for (const name of [...namespacesOf(pods), DYING]) await admin.apply(namespace(name));
  const metadata = Array.from({ length: pods.count + DYING_PODS }, (_, pod) => ({
    name: nameOf(pod),
    namespace: namespaceOf(pods, pod),
    labels: { app: 'web' },
  }));
  const create = (one: (typeof metadata)[number]) =>
    admin.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: one,
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
  while (metadata.length > 0) await Promise.all(metadata.splice(0, 20).map(create));
}
