import type { Logger } from '@activescale/runtime';
import type { KubeClient } from '../kube/kube-client.ts';
import type { ApiService } from '../tls/bundle-check.ts';
import type { Certificate } from '../tls/certificate.ts';
import { type Authority, renew } from './credentials.ts';
import { readSecret, type SecretTexts, writeSecret } from './secrets.ts';

/** Holds the authority's key, so api does not get to see it. */
const AUTHORITY_SECRET = 'activescale-ca';
/** What api serves with. */
const SERVING_SECRET = 'activescale-api-tls';
const TIMEOUT_MS = 10_000;

export interface TaskOptions {
  readonly client: KubeClient;
  /** `<service>.<namespace>.svc`: whom the certificate is for, and whose namespace the Secrets are in. */
  readonly serviceName: string;
  readonly log: Logger;
}

/** Sees to it that both Secrets are there and good for some time. */
export async function ensureCertificate({ client, serviceName, log }: TaskOptions): Promise<void> {
  const namespace = namespaceOf(serviceName);
  const authority = authorityOf(await readSecret(client, namespace, AUTHORITY_SECRET));
  const serving = certificateOf(await readSecret(client, namespace, SERVING_SECRET));
  const next = await renew({ authority, serving }, serviceName, Date.now());
  const tls = ({ cert, key }: Certificate) => ({ 'tls.crt': cert, 'tls.key': key });
  // The authority first: a serving certificate that nobody vouches for would be of no use.
  if (next.authority !== authority) {
    const texts = { ...tls(next.authority), 'ca.crt': next.authority.bundle };
    await writeSecret(client, namespace, AUTHORITY_SECRET, texts);
    log.info({ secret: AUTHORITY_SECRET }, 'made an authority');
  }
  if (next.serving === serving) {
    log.info({ secret: SERVING_SECRET }, 'the certificate is good');
    return;
  }
  await writeSecret(client, namespace, SERVING_SECRET, {
    ...tls(next.serving),
    'ca.crt': next.authority.cert,
  });
  log.info({ secret: SERVING_SECRET }, 'made a certificate');
}

/** Puts the authority into the APIServices of these names, which must be there. */
export async function putCaBundle(
  { client, serviceName, log }: TaskOptions,
  names: readonly string[],
): Promise<void> {
  const namespace = namespaceOf(serviceName);
  const authority = authorityOf(await readSecret(client, namespace, AUTHORITY_SECRET));
  if (authority === undefined)
    throw new Error(`the Secret ${AUTHORITY_SECRET} in ${namespace} is not there yet`);
  const caBundle = Buffer.from(authority.bundle).toString('base64');
  for (const name of names) {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { spec } = await client.get<ApiService>(path, { signal });
    if (spec.caBundle === caBundle) continue;
    const apiVersion = 'apiregistration.k8s.io/v1';
    await client.apply(
      path,
      { apiVersion, kind: 'APIService', metadata: { name }, spec: { caBundle } },
      { signal },
    );
    log.info({ apiservice: name }, 'put the authority into its caBundle');
  }
}

function certificateOf(texts: SecretTexts | undefined): Certificate | undefined {
  const { 'tls.crt': cert, 'tls.key': key } = texts ?? {};
  return cert && key ? { cert, key } : undefined;
}

function authorityOf(texts: SecretTexts | undefined): Authority | undefined {
  const certificate = certificateOf(texts);
  return certificate && { ...certificate, bundle: texts?.['ca.crt'] || certificate.cert };
}

function namespaceOf(serviceName: string): string {
  const namespace = serviceName.split('.')[1];
  if (namespace) return namespace;
  throw new Error(`SERVICE_NAME=${JSON.stringify(serviceName)}: expected <service>.<namespace>.svc`);
}
