import { Worker } from 'node:worker_threads';
import { deployment, type KubeClient, namespace, podCount, until } from '@activescale/devkit';
import { V1BETA2 } from '../../contract/api.ts';
import { startInCluster } from '../../contract/api-cluster.ts';
import { OTHER, RESOLVES_SERVICES, startFakeAdapter } from '../../contract/other-adapter.ts';
import { percentile } from '../lib/statistics.ts';
import { table } from '../lib/table.ts';
import type { OtherQueries } from './other-queries.ts';
import { NAMESPACE, podHistory } from './pods.ts';

const PODS = 10;
const PER_SECOND = 200;
/** Queries of ours in a case, and the time between two of them, in ms. */
const QUERIES = 1_500;
const PAUSE_MS = 5;
const WARM_UP = 300;
const OURS = `${V1BETA2}/namespaces/${NAMESPACE}/deployments.apps/web/active_requests`;
const THEIRS = `${V1BETA2}/namespaces/${NAMESPACE}/pods/*/other`;

/** Time of a query of ours, past kube-apiserver, while another thread sends 200 a second for a metric of another adapter. */
export async function queryBesideFallThrough(): Promise<string> {
  await using adapter = await startFakeAdapter();
  await using bench = await startInCluster({
    env: {
      ...RESOLVES_SERVICES,
      FALLTHROUGH_CUSTOM: `${OTHER.namespace}/${OTHER.service}:${adapter.port}`,
      FALLTHROUGH_CUSTOM_CA_FILE: adapter.caFile,
    },
  });
  const { admin, ca } = bench.plane;
  await admin.apply(namespace(NAMESPACE));
  await admin.apply(deployment('web', NAMESPACE, PODS));
  const pods = await podCount(admin, PODS, { namespace: NAMESPACE });
  const user = await bench.plane.credential({ name: 'hpa', groups: ['system:masters'] });
  const client = bench.direct(user);
  const put = () =>
    bench.put(
      ...pods.map(({ metadata }, i) => ({
        name: metadata.name,
        namespace: NAMESPACE,
        active: i,
        expiry: 3_600_000,
        ...podHistory(i),
      })),
    );
  const isServed = async () => {
    await put();
    return (await client.request(OURS)).status === 200;
  };
  await until(isServed, { what: OURS, deadline: 30_000, every: 200 });
  const measured = async (): Promise<number[]> => {
    const took: number[] = [];
    for (let count = 0; count < QUERIES; count++) {
      if (count % 500 === 0) await put();
      took.push(await timed(client));
    }
    return took;
  };
  for (let count = 0; count < WARM_UP; count++) await timed(client);

  const rows: [string, number[], string][] = [['no other queries', await measured(), '']];
  const workerData: OtherQueries = {
    server: { host: '127.0.0.1', port: bench.api.securePort, ca: ca.cert, servername: 'localhost' },
    user,
    path: THEIRS,
    perSecond: PER_SECOND,
  };
  const besides = async (name: string) => {
    const worker = new Worker(new URL('./other-queries.ts', import.meta.url), { workerData });
    const statuses = new Map<number, number>();
    worker.on('message', (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1));
    rows.push([name, await measured(), '']);
    await worker.terminate();
    const row = rows.at(-1);
    if (row) row[2] = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  };
  await besides('200 a second, the adapter answers');
  adapter.answer = () => {};
  await besides('200 a second, the adapter hangs');
  const base = percentile(rows[0]?.[1] ?? [], 0.99);
  return table(
    ['queries for another adapter', 'p50, ms', 'p99, ms', 'p99 / none', 'answers to the other queries'],
    rows.map(([name, took, answers]) => {
      const p99 = percentile(took, 0.99);
      return [name, percentile(took, 0.5).toFixed(2), p99.toFixed(2), `${(p99 / base).toFixed(2)}x`, answers];
    }),
  );
}

async function timed(client: KubeClient): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const start = performance.now();
  const { status, body } = await client.request(OURS);
  if (status !== 200) throw new Error(`${OURS}: ${status} ${body.slice(0, 300)}`);
  return performance.now() - start;
}
