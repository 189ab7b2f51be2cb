import type { KubeClient } from '@activescale/kube';
import type { Logger } from '@activescale/runtime';
import type { Certificate } from '../tls/x509.ts';
import { type Authority, renew } from './credentials.ts';
import { readSecret, type SecretTexts, writeSecret } from './secrets.ts';

/** Holds the authority's key, so api does not get to see it. */
export const AUTHORITY_SECRET = 'activescale-ca';
/** What api serves with. */
const SERVING_SECRET = 'activescale-api-tls';

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
  // The authority first, because it signs the serving certificate.
  if (next.authority !== authority) {
    const texts = { ...tls(next.authority), 'ca.crt': next.authority.bundle };
    await writeSecret(client, namespace, AUTHORITY_SECRET, { type: 'kubernetes.io/tls', texts });
    log.info({ secret: AUTHORITY_SECRET }, 'created an authority');
  }
  if (next.serving === serving) {
    log.info({ secret: SERVING_SECRET }, 'the certificate is up to date');
    return;
  }
  const texts = { ...tls(next.serving), 'ca.crt': next.authority.cert };
  await writeSecret(client, namespace, SERVING_SECRET, { type: 'kubernetes.io/tls', texts });
  log.info({ secret: SERVING_SECRET }, 'created a certificate');
}

function certificateOf(texts: SecretTexts | undefined): Certificate | undefined {
  const { 'tls.crt': cert, 'tls.key': key } = texts ?? {};
  return cert && key ? { cert, key } : undefined;
}

export function authorityOf(texts: SecretTexts | undefined): Authority | undefined {
  const certificate = certificateOf(texts);
  return certificate && { ...certificate, bundle: texts?.['ca.crt'] || certificate.cert };
}

export function namespaceOf(serviceName: string): string {
  const namespace = serviceName.split('.')[1];
  if (namespace) return namespace;
  throw new Error(`SERVICE_NAME=${JSON.stringify(serviceName)}: expected <service>.<namespace>.svc`);
}
