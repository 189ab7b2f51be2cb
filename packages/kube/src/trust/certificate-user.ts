import type { X509Certificate } from 'node:crypto';
import { readCertificateFacts } from './certificate-facts.ts';

/** The user in a client certificate, as Kubernetes reads it. */
export interface CertificateUser {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
/** Defined by Kubernetes: k8s.io/apiserver authentication/request/x509/x509.go. */
const UID = '1.3.6.1.4.1.57683.2';

/**
 * The last CN, as in crypto/x509/pkix FillFromRDNSequence, and all O. undefined: it names no user. Only for a
 * certificate that isTrusted.
 */
export function certificateUser({ raw }: X509Certificate): CertificateUser | undefined {
  const { subjectNames } = readCertificateFacts(raw);
  const valuesOf = (type: string) =>
    subjectNames.filter((each) => each.type === type).map(({ value }) => value);
  const name = valuesOf(COMMON_NAME).at(-1) ?? '';
  const [uid, ...more] = valuesOf(UID);
  if (name === '' || uid === '' || more.length > 0) return undefined;
  return { name, groups: valuesOf(ORGANIZATION), ...(uid !== undefined && { uid }) };
}
