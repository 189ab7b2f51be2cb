import type { X509Certificate } from 'node:crypto';
import type { KubeClient } from '../client/kube-client.ts';
import { FOR_SERVERS, isTrusted, readCertificates } from './certificate-chain.ts';

interface ApiServiceList {
  readonly items: readonly ApiService[];
}

/** The fields of an APIService (apiregistration.k8s.io/v1) that decide whether kube-apiserver trusts api. */
export interface ApiService {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group?: string;
    readonly insecureSkipTLSVerify?: boolean;
    /** base64 of PEM. */
    readonly caBundle?: string;
    readonly service?: { readonly name: string; readonly namespace: string };
  };
}

const TIMEOUT_MS = 10_000;

/** The problem with the trust in api, by APIService; undefined if there is none. */
export type BundleReport = ReadonlyMap<string, string | undefined>;

/**
 * Compares the served certificate with the caBundles of our APIServices. kube-apiserver's own probe skips
 * verification: with a wrong bundle an APIService is Available, but every request through it fails.
 */
export async function checkBundles(
  client: KubeClient,
  groups: readonly string[],
  servedPem: string,
): Promise<BundleReport> {
  const { items } = await client.get<ApiServiceList>('/apis/apiregistration.k8s.io/v1/apiservices', {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const ours = items.filter(({ spec }) => spec.service !== undefined && groups.includes(spec.group ?? ''));
  const served = readCertificates(servedPem);
  return new Map(ours.map((service) => [service.metadata.name, bundleProblem(service, served, Date.now())]));
}

/** @param served the leaf and its intermediates */
export function bundleProblem(
  { spec }: ApiService,
  served: readonly X509Certificate[],
  now: number,
): string | undefined {
  const [leaf, ...intermediates] = served;
  if (leaf === undefined) return 'nothing is served';
  if (spec.insecureSkipTLSVerify === true)
    return 'insecureSkipTLSVerify is set: kube-apiserver accepts any certificate';
  const name = `${spec.service?.name}.${spec.service?.namespace}.svc`;
  if (leaf.checkHost(name) === undefined) return `the served certificate is not for ${name}`;
  if (!spec.caBundle)
    return 'it has no caBundle: kube-apiserver accepts only certificates of public authorities';
  const anchors = readCertificates(Buffer.from(spec.caBundle, 'base64').toString());
  const issuerOf = (certificate: X509Certificate) =>
    intermediates.find((each) => certificate.checkIssued(each));
  return isTrusted({ leaf, issuerOf }, FOR_SERVERS, anchors, now)
    ? undefined
    : 'its caBundle does not verify the served certificate';
}
