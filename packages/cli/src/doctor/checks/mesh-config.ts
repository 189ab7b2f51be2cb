import type { Metadata, MetadataValue } from '@activescale/protocol/envoy';
import { parse } from 'yaml';
import type { ClusterPod } from '../../cluster/pods.ts';
import { type DoctorContext, look } from '../context.ts';

/** meshConfig.defaultConfig, and the resulting configuration of a pod. */
export type ProxyConfig = Metadata;

/** Of the mesh; undefined: there is no istiod in that namespace. @throws NotChecked, YAMLError */
export async function readDefaultConfig(context: DoctorContext): Promise<ProxyConfig | undefined> {
  const namespace = encodeURIComponent(context.istioNamespace);
  const path = `/api/v1/namespaces/${namespace}/configmaps/istio`;
  const map = await look<{ data?: { mesh?: string } }>(context, path);
  if (map === undefined) return undefined;
  return object(object(parse(map.data?.mesh ?? '')).defaultConfig as MetadataValue);
}

/** Fields of the annotation override those of the mesh (Istio, pkg/bootstrap). */
export function proxyConfigOf(pod: ClusterPod, defaults: ProxyConfig): ProxyConfig {
  const text = pod.annotations['proxy.istio.io/config'];
  if (text === undefined) return defaults;
  try {
    return { ...defaults, ...object(parse(text)) };
  } catch {
    return defaults; // Istio would not have let the pod in
  }
}

/** The metadata that the pod's proxy sends when it starts. */
export function metadataOf(pod: ClusterPod, defaults: ProxyConfig): Metadata {
  return { ANNOTATIONS: { ...pod.annotations }, PROXY_CONFIG: proxyConfigOf(pod, defaults) };
}

export function object(value: MetadataValue | undefined): Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Metadata) : {};
}
