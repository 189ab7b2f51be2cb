import { askList } from '../cluster/ask.ts';
import { allowed, type DoctorContext } from './context.ts';

interface EndpointSlice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
}

/** The number of ready endpoints of a Service. @throws NotChecked */
export async function readyEndpoints(
  { client }: DoctorContext,
  namespace: string,
  service: string,
): Promise<number> {
  const query = new URLSearchParams({ labelSelector: `kubernetes.io/service-name=${service}` });
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
  const slices = await allowed(askList<EndpointSlice>(client, `${path}?${query}`));
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false).length;
}
