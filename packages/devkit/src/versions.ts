/** The releases that the tests download or build and run. README's compatibility table names them (test/contract). */
export const VERSIONS = {
  envoy: '1.40.0',
  valkey: '9.1.2',
  kubernetes: '1.34.1',
  newestKubernetes: '1.37.2',
  etcd: '3.6.5',
  prometheus: '3.14.0',
  istioApi: '1.31.1',
  envoyGateway: '1.9.0',
  certManager: '1.21.2',
  argoCd: '3.2.11',
  helm: '4.3.2',
  keda: '2.21.0',
  prometheusAdapter: '0.12.0',
} as const;
