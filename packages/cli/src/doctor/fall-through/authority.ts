import type { X509Certificate } from 'node:crypto';
import { FOR_SERVERS, isTrusted, readCertificates } from '@activescale/kube';
import { API } from '../checks/api-services.ts';
import { servedChain } from '../checks/served-chain.ts';
import type { DoctorContext } from '../context.ts';
import type { Finding } from '../finding.ts';
import { type MountedFile, readMountedFile } from '../mounted-file.ts';
import { NotChecked } from '../not-checked.ts';
import type { BackendService } from './backend-service.ts';
import type { Backend } from './backends.ts';

type Problem = Omit<Finding, 'subject'>;

/**
 * Why api does not trust the certificate of a backend; undefined if nothing is known against it. The certificate is
 * compared if the Service can be reached from here.
 */
export async function authorityProblem(
  context: DoctorContext,
  backend: Backend,
  { spec }: BackendService,
): Promise<Problem | undefined> {
  const file = await readMountedFile(context, API, backend.caFile).catch(unlessNotAllowed);
  if (file === undefined) return undefined;
  const found = readAuthorities(backend, file);
  if ('problem' in found) return found;
  const host = spec.externalName ?? spec.clusterIP;
  const chain =
    host === undefined || host === 'None'
      ? undefined
      : await servedChain(host, backend.port, nameOf(backend));
  return chain && chainProblem(backend, found.authorities, chain, Date.now());
}

/** The name that its certificate must have. */
function nameOf({ service, namespace }: Backend): string {
  return `${service}.${namespace}.svc`;
}

function readAuthorities(
  { setting, caFile }: Backend,
  { source, key, text }: MountedFile,
): { readonly authorities: readonly X509Certificate[] } | Problem {
  const code = 'ASC705';
  const fix = `put the CA of the adapter's certificate, as PEM, into the key ${key} of the ${source}`;
  if (text === undefined)
    return { code, problem: `${source} has no ${key} for ${setting}_CA_FILE=${caFile}`, fix };
  try {
    const authorities = readCertificates(text);
    if (authorities.length > 0) return { authorities };
    return { code, problem: `${source} has no certificate in ${key}`, fix };
  } catch {
    return { code, problem: `${source} has a certificate in ${key} that cannot be read`, fix };
  }
}

/** @param chain the leaf and its intermediates; @param now ms since the epoch */
export function chainProblem(
  backend: Backend,
  authorities: readonly X509Certificate[],
  [leaf, ...intermediates]: readonly X509Certificate[],
  now: number,
): Problem | undefined {
  if (leaf === undefined) return undefined;
  const name = nameOf(backend);
  if (leaf.checkHost(name) === undefined) {
    return {
      code: 'ASC706',
      problem: `its certificate is not for ${name}`,
      fix: `give the adapter a certificate for ${name}; one that it creates at its start is for localhost (docs/migrate-from-prometheus-adapter.md)`,
    };
  }
  const issuerOf = (certificate: X509Certificate) =>
    intermediates.find((each) => certificate.checkIssued(each));
  if (isTrusted({ leaf, issuerOf }, FOR_SERVERS, authorities, now)) return undefined;
  return {
    code: 'ASC707',
    problem: `${backend.setting}_CA_FILE does not verify the certificate that it serves`,
    fix: 'put the CA of that certificate into the file; api loads it without a restart',
  };
}

/** Without the right to read them, the other facts are still checked. */
function unlessNotAllowed(error: unknown): undefined {
  if (!(error instanceof NotChecked)) throw error;
}
