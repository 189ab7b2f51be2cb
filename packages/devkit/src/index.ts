export { der, integer, octets, oid, sequence } from './certificates/der-writer.ts';
export { type GoVerdict, type GoVerifier, startGoVerifier } from './certificates/go-verifier.ts';
export {
  alternativeNames,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  type OddAttribute,
  type OddCertificate,
  type OddCertificateOptions,
  type OddExtension,
  oddCertificate,
} from './certificates/odd-certificate.ts';
export {
  apiCredential,
  applyApiServices,
  CUSTOM_METRICS,
  EXTERNAL_METRICS,
  grantApi,
  RECORDS_API,
  registerApi,
  type ServedVersion,
  type ServiceName,
  whyUnavailable,
} from './control-plane/api-service.ts';
export {
  createKubeClient,
  type KubeClient,
  type KubeResponse,
  type KubeServer,
} from './control-plane/client.ts';
export {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
  type User,
} from './control-plane/control-plane.ts';
export type { Controlled } from './control-plane/controlled.ts';
export { CONTROLLERS } from './control-plane/controller-manager.ts';
export { installCrds } from './control-plane/crds.ts';
export type { KubeObject } from './control-plane/object.ts';
export {
  clusterRole,
  clusterRoleBinding,
  deployment,
  namespace,
  type Person,
  type Rule,
  role,
  roleBinding,
} from './control-plane/objects.ts';
export { listPods, podCount, runPods } from './control-plane/pods.ts';
export { grpcCluster } from './envoy/bootstrap.ts';
export { type Envoy, startEnvoy } from './envoy/envoy.ts';
export { type Gateway, type GatewayDestination, type GatewayOptions, startGateway } from './envoy/gateway.ts';
export {
  type Bootstrap,
  type EnvoyOptions,
  INBOUND,
  OUTBOUND,
  type Scope,
  type SinkTls,
} from './envoy/options.ts';
export { type FuzzReport, type FuzzTarget, fuzz, mutated, seededRandom } from './fuzz.ts';
export { heapAfterGc } from './heap.ts';
export { helm, helmBinary } from './helm.ts';
export {
  END_HEADERS,
  END_STREAM,
  H2_PREFACE,
  h2Frame,
  h2GrpcCall,
  h2Headers,
} from './http/h2-frames.ts';
export {
  burst,
  constantRate,
  holdOpen,
  type Load,
  type LoadReport,
  poissonRate,
} from './http/load.ts';
export { epoch, type Served } from './http/served.ts';
export { startUpstream, type Upstream } from './http/upstream.ts';
export { startWorkload } from './http/workloads.ts';
export { KEDA_METRICS_SERVICE, type Keda, type KedaOptions, startKeda } from './keda/keda.ts';
export { kedaManifests, kedaMetricsAdapterBinary, kedaOperatorBinary } from './keda/programs.ts';
export { type Balancer, startBalancer } from './net/balancer.ts';
export { type FaultProxy, startFaultProxy } from './net/fault-proxy.ts';
export { startTunnel, type Tunnel } from './net/tunnel.ts';
export { type Authority, type Credential, createAuthority, type Subject } from './pki.ts';
export { descendants } from './process/descendants.ts';
export { freePort } from './process/free-port.ts';
export { type Exit, type Process, type StartOptions, start } from './process/start.ts';
export { until } from './process/until.ts';
export {
  type Prometheus,
  type ScrapeJob,
  type ScrapeTarget,
  type ScrapeTls,
  type Series,
  startPrometheus,
} from './prometheus.ts';
export {
  type PrometheusAdapter,
  type PrometheusAdapterOptions,
  startPrometheusAdapter,
} from './prometheus-adapter.ts';
export { ciliumNames } from './proxies/cilium-names.ts';
export { type ConsulMesh, type ConsulNames, consulNames } from './proxies/consul-names.ts';
export { contourNames } from './proxies/contour-names.ts';
export { envoyGatewayBootstrap } from './proxies/envoy-gateway.ts';
export { type EnvoyGatewayNames, envoyGatewayNames } from './proxies/envoy-gateway-names.ts';
export { type IstioPod, istioBootstrap } from './proxies/istio.ts';
export { istioNames } from './proxies/istio-names.ts';
export type { ProxyNames } from './proxies/proxy-names.ts';
export {
  actionlintBinary,
  krewBinary,
  shellcheckBinary,
  spdxValidator,
  zizmorBinary,
} from './release/checkers.ts';
export { oldestNode } from './release/oldest-node.ts';
export { type Api, type Ingest, startApi, startIngest, V8_FLAGS } from './services.ts';
export type {
  AskedDemand,
  Delivery,
  DemandAnswer,
  DemandQuestion,
  MetricAnswer,
  PodEvent,
  Question,
  SimulatedRules,
  Simulation,
  Snapshot,
  StoredRecord,
} from './simulation.ts';
export { decodeRecording, encodeRecorded, type Recorded } from './sink/recording.ts';
export { type Sink, startSink, streamMetrics } from './sink/sink.ts';
export { argocdBinary } from './tools/argocd.ts';
export { isAlive } from './tools/cache.ts';
export { certManagerBinary } from './tools/cert-manager.ts';
export { type KubernetesRelease, kubectlBinary } from './tools/control-plane-binaries.ts';
export { earlierCheckout, previousRelease, SCHEMA_VERSION_1 } from './tools/earlier-checkout.ts';
export { istioMeshBinary } from './tools/istio-mesh.ts';
export { kubectl } from './tools/kubectl.ts';
export { prometheusAdapterBinary, prometheusBinary, promtoolBinary } from './tools/prometheus.ts';
export { envoyBinary, hadolintBinary, valkeyBinary } from './tools/servers.ts';
export { startValkey, type Valkey } from './valkey.ts';
export { VERSIONS } from './versions.ts';
