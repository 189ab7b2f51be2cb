import { podCount, runPods } from '@activescale/devkit';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { IDLE } from '../../contract/api.ts';
import { workload } from '../../contract/cluster-objects.ts';
import { type Fault, SETTINGS, type System } from './faults.ts';
import { hpa, mesh, recordsOf } from './sound-system.ts';

export const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

async function annotate(
  { admin }: System,
  pods: readonly string[],
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  for (const name of pods)
    await admin.patch(`/api/v1/namespaces/shop/pods/${name}`, { metadata: { annotations } });
}

const STATS = 'sidecar.istio.io/statsInclusionRegexps';

const FLUSH = 'sidecar.istio.io/statsFlushInterval';

/** A Deployment with an HPA and a record, whose pod has no sidecar. */
async function scaleWithoutSidecar({ admin, bench }: System): Promise<void> {
  const pods = { namespace: 'shop', labelSelector: 'app=bare' };
  await admin.apply(workload('Deployment', 'shop', 'bare', { app: 'bare' }, 2));
  await podCount(admin, 2, pods);
  await bench.put(...recordsOf(await runPods(admin, pods)));
  await admin.apply(hpa('bare', 'load', 'bare'));
}

/** What is wrong with scaled workloads, their proxies and their HPAs. */
export const WORKLOAD_FAULTS: readonly Fault[] = [
  {
    name: 'proxies have no address to push to',
    check: 'Istio',
    code: 'ASC212',
    problem: /its proxies have no address to push to/,
    seed: ({ admin }) => admin.apply(mesh({ address: '' })),
  },
  {
    name: 'proxies push elsewhere',
    check: 'Istio',
    code: 'ASC213',
    problem: /push to elsewhere\.monitoring:9000, which is not ingest/,
    seed: ({ admin }) => admin.apply(mesh({ address: 'elsewhere.monitoring:9000' })),
  },
  {
    name: 'proxies push over TLS to a plaintext port',
    check: 'Istio',
    code: 'ASC215',
    problem: /push over TLS \(ISTIO_MUTUAL\), but ingest expects plaintext/,
    seed: ({ admin }) => admin.apply(mesh({ tls: 'ISTIO_MUTUAL' })),
  },
  {
    name: 'proxies push in plaintext to a TLS port',
    check: 'Istio',
    code: 'ASC214',
    problem: /push in plaintext, but ingest requires TLS/,
    seed: ({ admin }) => admin.patch(SETTINGS, { data: { GRPC_TLS_CERT_FILE: '/tls/tls.crt' } }),
    undo: ({ admin }) => admin.patch(SETTINGS, { data: { GRPC_TLS_CERT_FILE: null } }),
  },
  {
    name: 'a scaled workload has no sidecar',
    check: 'Istio',
    code: 'ASC211',
    problem: /2 of 2 pods, such as bare-.*, have no sidecar/,
    seed: scaleWithoutSidecar,
    undo: async ({ admin }) => {
      await admin.delete(`${HPAS}/bare`);
      await admin.delete('/apis/apps/v1/namespaces/shop/deployments/bare');
    },
  },
  {
    name: 'a proxy flushes seldom',
    check: 'Istio',
    code: 'ASC217',
    problem: /^statsFlushInterval is 60s/,
    seed: (system) => annotate(system, system.web, { [FLUSH]: '60s' }),
    undo: (system) => annotate(system, system.web, { [FLUSH]: null }),
  },
  {
    name: 'one pod of several has another filter, as during a rollout',
    check: 'Istio',
    code: 'ASC216',
    problem: new RegExp(`^1 of 2 pods, such as .*: the stats filter in ${STATS}.* drops`),
    seed: (system) => annotate(system, system.web.slice(-1), { [STATS]: 'server.uptime' }),
    undo: (system) => annotate(system, system.web, { [STATS]: null }),
  },
  {
    name: "the mesh's filter drops the gauge",
    check: 'Istio',
    code: 'ASC216',
    problem: /stats filter in proxyStatsMatcher drops/,
    seed: ({ admin }) => admin.apply(mesh({ filter: 'cluster\\..*' })),
  },
  {
    name: "the mesh's filter drops what a metric needs beside the gauge",
    check: 'Istio',
    code: 'ASC216',
    problem: /stats filter in proxyStatsMatcher drops downstream_rq_time$/,
    seed: ({ admin }) => admin.apply(mesh({ filter: 'http\\..*;\\.downstream_rq_(active|total)' })),
  },
  {
    name: 'an annotation replaces the filter',
    check: 'Istio',
    code: 'ASC216',
    problem: new RegExp(`${STATS}, which replaces the list of the mesh, drops`),
    seed: (system) => annotate(system, system.web, { [STATS]: 'server.uptime' }),
    undo: (system) => annotate(system, system.web, { [STATS]: null }),
  },
  {
    name: 'the nodes themselves have a filter that drops the gauge',
    check: 'records',
    code: 'ASC321',
    problem: /2 of 2 pods.*their stats filter drops it/,
    seed: ({ bench, web }) => bench.put(...recordsOf(web, { ...IDLE, filterShown: true })),
    undo: ({ bench, web }) => bench.put(...recordsOf(web)),
  },
  {
    name: 'one pod of several has stopped pushing',
    check: 'records',
    code: 'ASC311',
    problem: /^1 of 2 pods, such as .*, are unknown: no record/,
    seed: ({ bench, web }) => bench.put(...recordsOf(web.slice(-1), { expiry: 1 })),
    undo: ({ bench, web }) => bench.put(...recordsOf(web)),
  },
  {
    name: 'proxies do not send a stat that a metric needs',
    check: 'records',
    code: 'ASC322',
    problem: /^2 of 2 pods.*did not send downstream_rq_time: its stats filter drops them$/,
    seed: ({ bench, web }) => bench.put(...recordsOf(web, { sent: ALL_STATS & ~STAT.durations })),
    undo: ({ bench, web }) => bench.put(...recordsOf(web)),
  },
  {
    name: 'proxies send totals where increments are expected',
    check: 'records',
    code: 'ASC218',
    problem: /^COUNTER_MODE is delta, but 2 of 2 pods, such as .*, send totals$/,
    async seed({ admin, bench, web }) {
      await admin.patch(SETTINGS, { data: { COUNTER_MODE: 'delta' } });
      const slots = [920, 910, 900].map((completed) => ({ completed, timed: 10 }));
      await bench.put(...recordsOf(web, { slots }));
    },
    async undo({ admin, bench, web }) {
      await admin.patch(SETTINGS, { data: { COUNTER_MODE: null } });
      await bench.put(...recordsOf(web));
    },
  },
  {
    name: 'proxies push for another cluster',
    check: 'records',
    code: 'ASC311',
    problem: /2 of 2 pods.*are unknown: no record/,
    env: { KEY_PREFIX: 'other' },
    seed: async () => {},
  },
  {
    name: 'a duration is shared out over pods',
    check: 'HPAs',
    code: 'ASC405',
    problem: /request_duration_seconds_p95 has a target of type AverageValue/,
    seed: ({ admin }) => admin.apply(hpa('web', 'average of a duration')),
  },
  {
    name: 'a metric is misspelt',
    check: 'HPAs',
    code: 'ASC404',
    problem: /the metric active_request does not exist$/,
    seed: ({ admin }) => admin.apply(hpa('web', 'unknown')),
  },
  {
    name: 'the described object does not exist',
    check: 'HPAs',
    code: 'ASC406',
    problem: /Deployment nobody, which does not exist/,
    seed: ({ admin }) => admin.apply(hpa('web', 'nobody')),
  },
  {
    name: 'the HPA scales a workload that does not exist',
    check: 'HPAs',
    code: 'ASC401',
    problem: /nowhere/,
    seed: ({ admin }) => admin.apply(hpa('lost', 'load', 'nowhere')),
    undo: ({ admin }) => admin.delete(`${HPAS}/lost`),
  },
  {
    name: 'an external metric has no server',
    check: 'HPAs',
    code: 'ASC403',
    problem: /active_requests is external, and nothing serves external\.metrics\.k8s\.io/,
    seed: ({ admin }) => admin.apply(hpa('web', 'external')),
  },
  {
    name: 'two HPAs scale one workload',
    check: 'HPAs',
    code: 'ASC402',
    problem: /Deployment web also has other HPAs \(web-too\)/,
    seed: ({ admin }) => admin.apply(hpa('web-too')),
    undo: ({ admin }) => admin.delete(`${HPAS}/web-too`),
  },
];
