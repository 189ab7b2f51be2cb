import type { X509Certificate } from 'node:crypto';
import { bundleProblem, KubeError } from '@activescale/kube';
import { ask, reasonOf } from '../../cluster/ask.ts';
import { type DoctorContext, look } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { expectedServices, isAvailable, type RegisteredService, registeredService } from './api-services.ts';
import { servedChain } from './served-chain.ts';

interface Service {
  readonly spec: { readonly clusterIP?: string; readonly externalName?: string };
}

/**
 * Certificates are renewed when a third of their life is left; with this little left, the renewal has failed.
 */
const LITTLE_LIFE = 0.1;

const FIX =
  'the certificate in TLS_CERT_FILE must be for the Service and from the CA in caBundle: use the component cert-manager or self-signed, and see activescale_api_ca_bundle_valid';

/** The condition Available is not enough: kube-apiserver's probe does not verify. */
export const trust: Check = {
  name: 'trust',
  sound: 'kube-apiserver can verify the certificate that api serves, and api answers through it',
  async run(context) {
    const findings: Finding[] = [];
    let asked = 0;
    for (const name of await expectedServices(context)) {
      const service = await registeredService(context, name);
      // The previous check reports these.
      if (service === undefined || !isAvailable(service)) continue;
      if (service.spec.insecureSkipTLSVerify === true || !service.spec.caBundle) continue;
      asked++;
      const subject = `APIService ${name}`;
      const problem = (await chainProblem(context, service)) ?? (await answerProblem(context, name));
      if (problem !== undefined) findings.push({ subject, ...problem });
    }
    if (asked === 0) throw new NotChecked('no available APIService verifies its server');
    return findings;
  },
};

type Problem = Omit<Finding, 'subject'>;

/** Compares the served chain with the caBundle, if api can be reached from here. */
async function chainProblem(
  context: DoctorContext,
  service: RegisteredService,
): Promise<Problem | undefined> {
  const { name = '', namespace = '', port = 443 } = service.spec.service ?? {};
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
  const { spec } = (await look<Service>(context, path).catch(unlessNotAllowed)) ?? {};
  const host = spec?.externalName ?? spec?.clusterIP;
  if (host === undefined || host === 'None') return undefined;
  const chain = await servedChain(host, port, `${name}.${namespace}.svc`);
  if (chain === undefined) return undefined;
  const problem = bundleProblem(service, chain, Date.now());
  if (problem !== undefined) return { code: 'ASC602', problem, fix: FIX };
  const [leaf] = chain;
  if (leaf === undefined || lifeLeft(leaf, Date.now()) > LITTLE_LIFE) return undefined;
  const fix = 'see why it was not renewed; api loads new files without a restart';
  return { code: 'ASC603', problem: `the served certificate expires at ${leaf.validTo}`, fix };
}

/** Without the right to read the Service, a request shows the same with another error. */
function unlessNotAllowed(error: unknown): undefined {
  if (!(error instanceof NotChecked)) throw error;
}

/** The remaining share of a certificate's life. */
function lifeLeft({ validFromDate, validToDate }: X509Certificate, now: number): number {
  return (validToDate.getTime() - now) / (validToDate.getTime() - validFromDate.getTime());
}

/** Requests the list of metrics through kube-apiserver, which verifies the certificate. */
async function answerProblem({ client }: DoctorContext, name: string): Promise<Problem | undefined> {
  const [version = '', ...group] = name.split('.');
  try {
    await ask(client, `/apis/${group.join('.')}/${version}`);
    return undefined;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403)
      throw new NotChecked(`this user may not read the metrics: ${reasonOf(error)}`);
    const problem = `a request through kube-apiserver fails: ${reasonOf(error)}`;
    if (/x509|certificate/.test(problem)) return { code: 'ASC602', problem, fix: FIX };
    return { code: 'ASC104', problem, fix: "see api's log" };
  }
}
