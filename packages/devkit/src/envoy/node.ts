import type { EnvoyOptions } from './options.ts';

/** The node of the bootstrap, as Istio's agent writes it (istio pkg/model/proxy.go, pkg/bootstrap/config.go). */
export function node(options: EnvoyOptions): object {
  const { pod, namespace, type = 'sidecar', ip = '10.1.0.7' } = options;
  const { showsFilter = true, inclusionRegexps = ['.*'] } = options;
  const workload = pod.replace(/-[^-]+-[^-]+$/, '');
  return {
    id: options.nodeId ?? `${type}~${ip}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${workload}.${namespace}`,
    ...(options.metadata !== false && {
      metadata: {
        NAME: pod,
        NAMESPACE: namespace,
        LABELS: options.labels ?? { app: workload },
        OWNER: `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${workload}`,
        WORKLOAD_NAME: workload,
        SERVICE_ACCOUNT: workload,
        CLUSTER_ID: 'Kubernetes',
        MESH_ID: 'cluster.local',
        NODE_NAME: 'node-1',
        INSTANCE_IPS: ip,
        INTERCEPTION_MODE: 'REDIRECT',
        ISTIO_VERSION: '1.27.0',
        ...(showsFilter && { PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } }),
        ...options.metadata,
      },
    }),
  };
}
