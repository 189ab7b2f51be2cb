import type { Metadata } from '@activescale/protocol/envoy';
import type { StatSet } from '@activescale/protocol/record';
import { parseDuration } from '@activescale/runtime';
import type { ClusterPod } from '../../cluster/pods.ts';
import type { DoctorContext } from '../context.ts';
import { fallsThroughCustom } from '../fall-through/backends.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { countsLoad, neededStats, type ScaledWorkload } from '../scaled-workloads.ts';
import { INGEST, ingestService } from './ingest.ts';
import { metadataOf, object, proxyConfigOf, readDefaultConfig } from './mesh-config.ts';
import { filterProblem } from './stats-filter.ts';

/** Above this, the HPA, which syncs every 15 s, reads the same value twice. In ms. */
const MAX_FLUSH_MS = 10_000;

const RESTART = 'then restart the pods: it is part of the bootstrap';

/** Checks the mesh configuration of the proxies of scaled workloads. */
export const istio: Check = {
  name: 'Istio',
  sound: 'the proxies of scaled workloads push to ingest, and their filters include the gauge',
  async run(context) {
    const defaults = await readDefaultConfig(context);
    if (defaults === undefined)
      throw new NotChecked(`there is no ConfigMap istio in ${context.istioNamespace}`);
    const expected = await expectedSink(context);
    const findings: Finding[] = [];
    let looked = 0;
    for (const { pods = [], subject, namespace, hpa } of await workloadsWithLoad(context)) {
      looked += pods.length;
      const needed = neededStats(hpa, context.settings.catalogue);
      const bare = pods.filter((pod) => !isProxyItself(pod));
      if (bare.length > 0) {
        const problem = `${bare.length} of ${pods.length} pods, such as ${bare[0]?.name}, have no sidecar: no Envoy counts their requests`;
        const fix = `let Istio inject a sidecar: label the namespace ${namespace} istio-injection=enabled, and restart the pods`;
        findings.push({ code: 'ASC211', subject, problem, fix });
      }
      findings.push(
        ...podProblems(pods, (pod) => proxyProblems(pod, defaults, expected, needed)).map((found) => ({
          subject,
          ...found,
        })),
      );
    }
    if (looked === 0) throw new NotChecked('no scaled workload has pods that this user may see');
    return findings;
  },
};

/** During a rollout pods differ: each problem is reported once, with the number of pods if not all have it. */
function podProblems(pods: readonly ClusterPod[], problemsOf: (pod: ClusterPod) => Problem[]): Problem[] {
  const proxied = pods.filter(({ containers }) => containers.includes('istio-proxy'));
  const found = proxied.flatMap((pod) => problemsOf(pod).map((problem) => ({ pod, ...problem })));
  return [...Map.groupBy(found, ({ problem }) => problem)].flatMap(([problem, [first, ...others]]) => {
    if (first === undefined) return [];
    const { code, fix, pod } = first;
    const count = 1 + others.length;
    const some = count === proxied.length ? '' : `${count} of ${proxied.length} pods, such as ${pod.name}: `;
    return [{ code, problem: `${some}${problem}`, fix }];
  });
}

interface ExpectedSink {
  /** The name of ingest in every namespace, without the domain of the cluster. */
  readonly host: string;
  readonly ports: readonly number[];
  /** undefined: unknown. */
  readonly tls: boolean | undefined;
}

async function expectedSink(context: DoctorContext): Promise<ExpectedSink> {
  const short = `${INGEST}.${context.installNamespace}`;
  const settings = await context.component(INGEST);
  return {
    host: `${short}.svc`,
    ports: ((await ingestService(context))?.spec.ports ?? []).map(({ port }) => port),
    tls: settings && (settings.get('GRPC_TLS_CERT_FILE') ?? '') !== '',
  };
}

type Problem = Omit<Finding, 'subject'>;

export function proxyProblems(
  pod: ClusterPod,
  defaults: Metadata,
  expected: ExpectedSink,
  needed: StatSet,
): Problem[] {
  const problems: (Problem | undefined)[] = [
    sinkProblem(object(proxyConfigOf(pod, defaults).envoyMetricsService), expected),
    filterProblem(metadataOf(pod, defaults), needed),
  ];
  const flush = pod.annotations['sidecar.istio.io/statsFlushInterval'];
  const interval = flush === undefined ? undefined : parseDuration(flush);
  if (interval !== undefined && interval > MAX_FLUSH_MS) {
    const problem = `statsFlushInterval is ${flush}: the HPA reads values that are up to ${flush} old`;
    problems.push({
      code: 'ASC217',
      problem,
      fix: `set sidecar.istio.io/statsFlushInterval to 1s; ${RESTART}`,
    });
  }
  return problems.filter((problem) => problem !== undefined);
}

function sinkProblem(sink: Metadata, { host: expected, ports, tls }: ExpectedSink): Problem | undefined {
  const { address } = sink;
  const [host = '', port = ''] = typeof address === 'string' ? address.split(':') : [];
  const right = `${expected}.cluster.local:${ports[0] ?? 9000}`;
  if (host === '') {
    const problem = 'its proxies have no address to push to (envoyMetricsService)';
    return {
      code: 'ASC212',
      problem,
      fix: `set meshConfig.defaultConfig.envoyMetricsService.address to ${right}; ${RESTART}`,
    };
  }
  if (!isNamed(host, expected) || (ports.length > 0 && !ports.includes(Number(port)))) {
    const problem = `its proxies push to ${address}, which is not ingest`;
    return { code: 'ASC213', problem, fix: `set envoyMetricsService.address to ${right}; ${RESTART}` };
  }
  const mode = object(sink.tlsSettings).mode ?? 'DISABLE';
  if (tls && mode === 'DISABLE') {
    const problem = 'its proxies push in plaintext, but ingest requires TLS (GRPC_TLS_CERT_FILE)';
    return {
      code: 'ASC214',
      problem,
      fix: `set envoyMetricsService.tlsSettings.mode to ISTIO_MUTUAL; ${RESTART}`,
    };
  }
  if (tls === false && mode !== 'DISABLE') {
    const problem = `its proxies push over TLS (${mode}), but ingest expects plaintext`;
    return { code: 'ASC215', problem, fix: 'use the component mtls, or remove tlsSettings' };
  }
  return undefined;
}

/**
 * Short, with the domain of any cluster, or with the trailing dot of a full name:
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
function isNamed(host: string, expected: string): boolean {
  const name = host.replace(/\.$/, '');
  return name === expected || `${name}.svc` === expected || name.startsWith(`${expected}.`);
}

/** Those whose own pods count requests. @throws NotChecked if there are none */
export async function workloadsWithLoad(context: DoctorContext): Promise<readonly ScaledWorkload[]> {
  const workloads = await workloadsWithPods(context);
  const fallsThrough = await fallsThroughCustom(context);
  const counting = workloads.filter(({ hpa }) => countsLoad(hpa, context.settings.catalogue, fallsThrough));
  if (counting.length === 0) throw new NotChecked('no HPA uses a metric that its own pods count');
  return counting;
}

/** @throws NotChecked if no HPA uses our metrics */
export async function workloadsWithPods(context: DoctorContext): Promise<readonly ScaledWorkload[]> {
  const workloads = await context.workloads();
  if (workloads.length === 0) throw new NotChecked('no HPA uses metrics of activescale');
  return workloads;
}

/** Gateways and waypoints are Envoys themselves. */
function isProxyItself({ containers, labels }: ClusterPod): boolean {
  return (
    containers.includes('istio-proxy') ||
    labels.istio !== undefined ||
    labels['gateway.networking.k8s.io/gateway-name'] !== undefined
  );
}
