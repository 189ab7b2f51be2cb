import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  deployment,
  earlierCheckout,
  type KubeClient,
  namespace,
  registerApi,
  SCHEMA_VERSION_1,
  startApi,
  startBalancer,
  startIngest,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from '../../contract/api.ts';
import { API_USER, startInCluster } from '../../contract/api-cluster.ts';
import { probe } from '../admin.ts';
import { startFleet } from './fleet.ts';
import { rollingUpdate } from './rollout.ts';

// Two instances of each service behind their own address are replaced one by one, as a Deployment's are, while
// real Envoys push, the real HPA scales, and a client asks without a pause. Once by instances of the same commit, and by
// those of the release whose records have schema version 1, in either order: new ingests first, and new apis first.

const REQUESTS = 14;
const PATH = `${V1BETA2}/namespaces/shop/deployments.apps/web`;
/** Requests that are held open are in flight, in the application, and wait for no connection. */
const METRICS = ['active_requests', 'upstream_active_requests', 'pending_requests'];
const EXPECTED = `${REQUESTS}, ${REQUESTS}, 0`;
const HPA = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web';
/** The HPA looks this often here (devkit, controller-manager.ts), in ms; each side of the update sees some looks. */
const CALM_MS = 6_000;

interface Hpa {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
  };
}

interface Update {
  readonly name: string;
  /** Folders of the checkouts that run before and after it; undefined: this one. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly first: 'ingest' | 'api';
}

const earlier = await earlierCheckout(SCHEMA_VERSION_1);
const UPDATES: readonly Update[] = [
  { name: 'of both services', first: 'ingest' },
  { name: 'from records of schema version 1, ingest first', from: earlier, first: 'ingest' },
  { name: 'from records of schema version 1, api first', from: earlier, first: 'api' },
  { name: 'back to records of schema version 1, ingest first', to: earlier, first: 'ingest' },
];

for (const update of UPDATES) {
  test(`a rolling update ${update.name} fails no query, and the HPA does not notice`, {
    timeout: 300_000,
  }, async (t) => {
    await using running = new AsyncDisposableStack();
    const bench = running.use(await startInCluster());
    const { plane, valkey, certFile, keyFile } = bench;
    const { admin } = plane;
    const checkout = (generation: number) => (generation === 0 ? update.from : update.to);
    const beginIngest = (generation: number) =>
      startIngest({ VALKEY_ADDR: valkey.addr }, checkout(generation));
    const kubeconfig = await plane.kubeconfig({ name: API_USER });
    const beginApi = (generation: number) =>
      startApi(
        {
          VALKEY_ADDR: valkey.addr,
          KUBECONFIG: kubeconfig,
          TLS_CERT_FILE: certFile,
          TLS_KEY_FILE: keyFile,
        },
        checkout(generation),
      );
    const ready = async (service: { readonly adminPort: number }) =>
      (await probe(service, '/readyz')).status === 200;
    const pushes = running.use(await startBalancer([]));
    const queries = running.use(await startBalancer([]));
    const ingests = running.use(
      await rollingUpdate({ begin: beginIngest, ready, port: ({ grpcPort }) => grpcPort, balancer: pushes }),
    );
    const apis = running.use(
      await rollingUpdate({
        begin: beginApi,
        ready,
        port: ({ securePort }) => securePort,
        balancer: queries,
      }),
    );
    await registerApi(admin, { securePort: queries.port, caBundle: plane.ca.cert });
    await bench.api.stop();

    await admin.apply(namespace('shop'));
    await admin.apply(deployment('web', 'shop', 2));
    const fleet = running.use(
      await startFleet({ plane, namespace: 'shop', app: 'web', sinkPort: pushes.port }),
    );
    await until(() => fleet.size() === 2, { what: 'two pods', deadline: 30_000 });
    fleet.setRequests(REQUESTS);
    await admin.apply(hpa());
    const right = async () => (await valuesOf(admin)) === EXPECTED;
    await until(right, { what: 'the sum of all requests', deadline: 60_000 });
    const active = async () => (await falseConditions(admin)).length === 0 && (await hasLooked(admin));
    await until(active, { what: 'the HPA to have its metric', deadline: 60_000 });

    const watching = new AbortController();
    const values = new Map<string, number>();
    const falses = new Set<string>();
    const watch = async (): Promise<void> => {
      while (!watching.signal.aborted) {
        const value = await valuesOf(admin);
        values.set(value, (values.get(value) ?? 0) + 1);
        for (const condition of await falseConditions(admin)) falses.add(condition);
        await sleep(20);
      }
    };
    const watched = watch();
    await sleep(CALM_MS);
    const order = update.first === 'ingest' ? [ingests, apis] : [apis, ingests];
    for (const service of order) {
      await service.replaceAll();
      await sleep(CALM_MS);
    }
    watching.abort();
    await watched;
    t.diagnostic(`answers: ${JSON.stringify(Object.fromEntries(values))}`);
    assert.deepEqual([...values.keys()], [EXPECTED]);
    assert.deepEqual([...falses], []);
  });
}

function hpa() {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        {
          type: 'Object',
          object: {
            metric: { name: 'active_requests' },
            describedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
      ],
    },
  };
}

/** The values of the one item of each metric, or what came in their place. */
async function valuesOf(client: KubeClient): Promise<string> {
  const answers = await Promise.all(METRICS.map((metric) => client.request(`${PATH}/${metric}`)));
  return answers
    .map(({ status, body }) =>
      status === 200 ? String(JSON.parse(body).items[0]?.value) : `${status} ${body}`,
    )
    .join(', ');
}

/** Conditions by which the HPA says that it cannot do its work. */
async function falseConditions(client: KubeClient): Promise<string[]> {
  const { status } = await client.get<Hpa>(HPA);
  return (status?.conditions ?? [])
    .filter((each) => ['AbleToScale', 'ScalingActive'].includes(each.type) && each.status !== 'True')
    .map(({ type, reason }) => `${type}: ${reason}`);
}

async function hasLooked(client: KubeClient): Promise<boolean> {
  const { status } = await client.get<Hpa>(HPA);
  return status?.conditions?.some(({ type }) => type === 'ScalingActive') === true;
}
