/** `fail`: a fault. `warn`: a risk or a limitation. `info`: explains a result, nothing to fix. */
export type Severity = 'fail' | 'warn' | 'info';

interface Entry {
  readonly severity: Severity;
  readonly title: string;
}

/**
 * Every finding of `doctor` and every reason of `explain`. A code keeps its meaning: that of a removed finding is
 * never reused. docs/findings.md describes each.
 *
 * 1xx cluster and API services, 2xx ingest and proxies, 3xx Valkey and records, 4xx HPAs, 5xx demand, 6xx access and certificates,
 * 7xx other adapters and KEDA, 9xx reasons of `explain` alone
 */
export const FINDINGS = {
  ASC100: fail('A check stopped with an error'),
  ASC101: fail('An APIService does not exist'),
  ASC102: fail('An APIService belongs to another server'),
  ASC103: fail('An APIService is not available'),
  ASC104: fail('A request through kube-apiserver fails'),
  ASC105: fail("Valkey's clock is wrong"),
  ASC106: fail("This machine's clock is wrong"),
  ASC111: fail("An installation would replace another server's metrics API"),
  ASC112: fail('Kubernetes is too old'),
  ASC113: warn('metrics-server is missing or not available'),
  ASC114: warn('No network plugin that enforces NetworkPolicies was found'),
  ASC115: warn("Istio's sidecars cannot flush every second"),

  ASC201: fail('The Service of ingest does not exist'),
  ASC202: fail('ingest has no ready pod'),
  ASC203: fail('ingest is in the mesh'),
  ASC204: fail('ingest and api use different keys for records'),
  ASC211: fail('Pods have no sidecar'),
  ASC212: fail('Proxies have no address to push to'),
  ASC213: fail('Proxies push to another address'),
  ASC214: fail('Proxies push in plaintext to a TLS port'),
  ASC215: fail('Proxies push over TLS to a plaintext port'),
  ASC216: fail('A stats filter drops stats that metrics need'),
  ASC217: fail('Proxies flush too rarely'),
  ASC218: fail('COUNTER_MODE does not fit the counters of proxies'),

  ASC301: fail('Valkey cannot be used'),
  ASC302: fail('Valkey is nearly full and evicts records'),
  ASC303: warn('Valkey evicts records when it is full'),
  ASC304: fail('Valkey is nearly full'),
  ASC305: fail('Valkey lacks a command'),
  ASC306: info('Records were lost, and may still be missing'),
  ASC311: fail('A pod has no record'),
  ASC312: fail('A record is stale'),
  ASC313: fail('A record belongs to an earlier pod'),
  ASC314: fail('A record is from the future'),
  ASC315: fail('An idle pod is not counted'),
  ASC316: fail('A record lacks a stat that the value needs'),
  ASC317: fail('A record is corrupt'),
  ASC318: fail('A record has the format of another release'),
  ASC319: info('A record holds too few requests'),
  ASC321: fail('The stats filter of idle pods drops the gauge'),
  ASC322: fail("Pods lack stats that the HPA's metrics need"),

  ASC401: fail('The target of an HPA cannot be read'),
  ASC402: fail('Several HPAs scale one workload'),
  ASC403: fail('Nothing serves external metrics'),
  ASC404: fail('A metric does not exist'),
  ASC405: fail('A duration or ratio has a target of type AverageValue'),
  ASC406: fail('A described object does not exist or selects no pods'),
  ASC412: fail('Metrics of pods cannot scale out from 0'),
  ASC413: fail('minReplicas is 0, and scaleUp is disabled'),
  ASC414: fail('The policies of scaleUp allow no scaling out from 0'),
  ASC415: fail('An HPA is disabled at 0 replicas'),

  ASC501: fail('A destination does not exist'),
  ASC502: fail('A Service does not have the selected port'),
  ASC503: fail('The described object has no demand'),
  ASC504: fail('A selector of a demand metric is invalid'),
  ASC511: fail('ingest stores no demand'),
  ASC512: fail('No source reports a destination, and the gateways are unknown'),
  ASC513: fail('A gateway may report only its own namespace'),
  ASC514: fail('A gateway does not send a stat that proves 0'),
  ASC515: fail('Gateways report destinations of another kind'),
  ASC516: fail('Gateways push but report no destination'),
  ASC517: fail('Gateways do not push'),
  ASC518: fail('No gateway or waypoint was found'),
  ASC521: fail('A source does not send a stat that a metric needs'),
  ASC522: fail('DEMAND_HOLD is shorter than the sync period of the HPA'),
  ASC531: info('The pod of a source does not exist'),
  ASC532: fail('A source reports all ports together'),
  ASC533: fail('No live source mentions a destination, and none proves 0'),
  ASC534: fail('A stale source may have requests'),

  ASC601: fail('An APIService has no usable caBundle'),
  ASC602: fail('The served certificate cannot be verified'),
  ASC603: fail('The served certificate expires soon'),
  ASC604: fail('kube-apiserver does not verify api'),
  ASC611: fail("api's service account lacks a permission"),
  ASC612: fail('The HPA controller may not read metrics'),

  ASC701: fail('The Service of another adapter does not exist'),
  ASC702: fail('The Service of another adapter does not have the port'),
  ASC703: fail('Another adapter has no ready pod'),
  ASC704: fail('api may not query another adapter'),
  ASC705: fail('The CA of another adapter cannot be read'),
  ASC706: fail('The certificate of another adapter has another name'),
  ASC707: fail('The certificate of another adapter cannot be verified'),
  ASC711: fail("KEDA's HPAs get no metrics"),
  ASC721: warn('Another adapter has metrics with the same names'),
  ASC722: warn('The certificate of another adapter is not verified today'),

  ASC901: info('A metric is served by another adapter'),
  ASC902: fail('The metrics API answers with an error'),
  ASC903: fail('The metrics API has no value'),
  ASC904: warn('This user may not read the metric'),
  ASC905: fail('The workload has no pods'),
  ASC906: fail('All pods with a value are pending or being deleted'),
  ASC907: fail('The described object selects no pods'),
  ASC911: info('maxReplicas limits the replicas'),
  ASC912: info('minReplicas limits the replicas'),
  ASC913: info('Scaling in this direction is disabled'),
  ASC914: info('Scaling policies limit the change'),
  ASC915: info('An earlier recommendation holds'),
  ASC916: warn('The workload has 0 replicas, and minReplicas is above 0'),
  ASC917: warn('The HPA did not scale the workload to 0'),
  ASC919: warn('No metric has a value'),
  ASC921: info('A pod belongs to another workload'),
  ASC922: info('An idle pod counts as 0'),
  ASC931: info('The ratio is within the tolerance'),
  ASC932: info('Counting missing pods would reverse the direction'),
  ASC933: info('The result contradicts the direction'),
} as const satisfies Readonly<Record<string, Entry>>;

export type FindingCode = keyof typeof FINDINGS;

function fail<const T extends string>(title: T) {
  return { severity: 'fail', title } as const;
}

function warn<const T extends string>(title: T) {
  return { severity: 'warn', title } as const;
}

function info<const T extends string>(title: T) {
  return { severity: 'info', title } as const;
}
