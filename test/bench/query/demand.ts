import { deployment, type KubeClient, namespace, podCount, until } from '@activescale/devkit';
import { EVERYWHERE } from '@activescale/protocol/record';
import { V1BETA2 } from '../../contract/api.ts';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { demandRecord, gateway, restRecord } from '../../contract/demand-records.ts';
import { percentile } from '../lib/statistics.ts';
import { table } from '../lib/table.ts';
import { NAMESPACE, podHistory } from './pods.ts';

/** Of the Deployment, and as many sources of the Service. */
const PODS = 10;
/** Other Services in its namespace to which the same sources send requests, besides an idle one: about 10 records for each. */
const OTHERS = [30, 300];
const ROUNDS = 1_500;
const WARM_UP = 300;
const FRESH_FOR_ROUNDS = 100;
const OBJECTS = `${V1BETA2}/namespaces/${NAMESPACE}`;
const CASES = {
  'last value of a Deployment with 10 pods': `${OBJECTS}/deployments.apps/web/active_requests`,
  'last value of a Service with 10 sources': `${OBJECTS}/services/web/demand_active_requests`,
  'demand_requests of it': `${OBJECTS}/services/web/demand_requests`,
  'demand_requests of one that is idle: 0': `${OBJECTS}/services/idle/demand_requests`,
  'mean_1m of the Deployment': `${OBJECTS}/deployments.apps/web/active_requests_mean_1m`,
  'mean_1m of the Service': `${OBJECTS}/services/web/demand_active_requests_mean_1m`,
};

/** Time of a query for a Service by the records of its sources, beside one for a Deployment by those of its pods. */
export async function queryOfDemand(): Promise<string> {
  await using bench = await startInCluster();
  const { admin } = bench.plane;
  await admin.apply(namespace(NAMESPACE));
  await admin.apply(deployment('web', NAMESPACE, PODS));
  const spec = { ports: [{ port: 80 }] };
  for (const name of ['web', 'idle'])
    await admin.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE }, spec });
  const pods = await podCount(admin, PODS, { namespace: NAMESPACE });
  const names = pods.map((pod) => pod.metadata.name);
  const tables: string[] = [];
  for (const others of OTHERS) tables.push(await queryBeside(bench, names, others));
  return tables.join('\n\n');
}

async function queryBeside(bench: ClusterBench, names: readonly string[], others: number): Promise<string> {
  const { admin } = bench.plane;
  const values = async (path: string) => {
    await putAll(bench, names, others);
    const { status, body } = await admin.request(path);
    return status === 200 && JSON.parse(body).items.length === 1;
  };
  for (const path of Object.values(CASES))
    await until(() => values(path), { what: path, deadline: 30_000, every: 200 });
  for (let i = 0; i < WARM_UP; i++)
    await timed(admin, Object.values(CASES)[i % Object.keys(CASES).length] as string);

  const times = new Map<string, number[]>(Object.keys(CASES).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    if (round % FRESH_FOR_ROUNDS === 0) await putAll(bench, names, others);
    for (const [name, path] of Object.entries(CASES)) times.get(name)?.push(await timed(admin, path));
  }
  const p50 = (name: keyof typeof CASES) => percentile(times.get(name) ?? [], 0.5);
  const [last, mean] = [p50('last value of a Deployment with 10 pods'), p50('mean_1m of the Deployment')];
  const rows = [...times].map(([name, took]) => {
    const of = percentile(took, 0.5);
    const ratio = of / (name.startsWith('mean') ? mean : last);
    return [name, of.toFixed(2), percentile(took, 0.99).toFixed(2), `${ratio.toFixed(2)}x`];
  });
  const title = `among ${((others + 2) * PODS).toLocaleString('en')} records of sources`;
  return table([title, 'p50, ms', 'p99, ms', 'p50 / Deployment'], rows);
}

/** The records of the pods, and of their sources: the pods are the sources too. */
async function putAll(bench: ClusterBench, names: readonly string[], others: number): Promise<void> {
  const records = names.flatMap((name, i) => {
    const fields = { namespace: NAMESPACE, active: i % 50, ...podHistory(i) };
    const services = ['web', ...Array.from({ length: others }, (_, other) => `other-${other}`)];
    const source = gateway(name, NAMESPACE);
    return [
      { name, ...fields },
      ...services.map((service) => demandRecord('service', service, source, fields)),
      demandRecord('service', 'idle', source, { namespace: NAMESPACE, active: 0, slots: [{}] }),
      restRecord('service', source, { namespace: EVERYWHERE }),
    ];
  });
  await bench.put(...records);
}

async function timed(client: KubeClient, path: string): Promise<number> {
  const start = performance.now();
  const { status, body } = await client.request(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${body.slice(0, 300)}`);
  return performance.now() - start;
}
