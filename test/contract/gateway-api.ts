import { type KubeClient, until } from '@activescale/devkit';

export const GATEWAY_API = 'gateway.networking.k8s.io';
export const HTTP_ROUTES = `httproutes.${GATEWAY_API}`;

/** HTTPRoutes as the Gateway API has them; the cluster has no GRPCRoutes. */
export async function createRoutes(admin: KubeClient): Promise<void> {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await admin.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: HTTP_ROUTES,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a part of the Gateway API for tests' },
    },
    spec: {
      group: GATEWAY_API,
      scope: 'Namespaced',
      names: { plural: 'httproutes', singular: 'httproute', kind: 'HTTPRoute' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  const served = async () => (await admin.request(`/apis/${GATEWAY_API}/v1/httproutes`)).status === 200;
  await until(served, { what: 'HTTPRoutes to be served' });
}
