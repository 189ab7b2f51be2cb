import { type ApiService, readCertificates } from '@activescale/kube';
import {
  CUSTOM_METRICS_GROUP,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
} from '@activescale/protocol/kubernetes';
import { RECORDS_GROUP, RECORDS_VERSION } from '@activescale/protocol/records-api';
import { type DoctorContext, look } from '../context.ts';
import type { Check, Finding } from '../finding.ts';

export interface RegisteredService extends ApiService {
  readonly spec: ApiService['spec'] & {
    readonly service?: { readonly name: string; readonly namespace: string; readonly port?: number };
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export const API = 'activescale-api';

const CUSTOM = ['v1beta2', 'v1beta1'].map((version) => `${version}.${CUSTOM_METRICS_GROUP}`);
const RECORDS = `${RECORDS_VERSION}.${RECORDS_GROUP}`;
const EXTERNAL = `${EXTERNAL_METRICS_VERSION}.${EXTERNAL_METRICS_GROUP}`;

/** The remedy for each reason of kube-apiserver (kube-aggregator, remote_available_controller.go). */
const FIXES: Readonly<Record<string, string>> = {
  ServiceNotFound: 'create the Service of api, or name the right one in spec.service',
  ServicePortError: 'set spec.service.port to a port of the Service: 6443 in deploy/base',
  ServiceAccessError: 'let kube-apiserver read the Service',
  EndpointsNotFound: 'see why api has no pods: kubectl get pods -l app.kubernetes.io/component=api -A',
  MissingEndpoints: 'see why no pod of api is ready: kubectl get pods -l app.kubernetes.io/component=api -A',
  FailedDiscoveryCheck:
    'let kube-apiserver reach the pods of api on port 6443: NetworkPolicies, firewall rules of the control plane, api not running',
};

/** The names that the APIServices of this installation should have. */
export async function expectedServices(context: DoctorContext): Promise<readonly string[]> {
  const external = (await context.component(API))?.get('EXTERNAL_METRICS') === 'true';
  return [...CUSTOM, ...(external ? [EXTERNAL] : []), RECORDS];
}

export function registeredService(
  context: DoctorContext,
  name: string,
): Promise<RegisteredService | undefined> {
  return look(context, `/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
}

export function isAvailable(service: RegisteredService): boolean {
  return availability(service)?.status === 'True';
}

function availability({ status }: RegisteredService) {
  return status?.conditions?.find(({ type }) => type === 'Available');
}

export const apiServices: Check = {
  name: 'APIServices',
  sound: 'each version is registered for api and available',
  async run(context) {
    const findings: Finding[] = [];
    for (const name of await expectedServices(context)) {
      const service = await registeredService(context, name);
      const found = problemOf(service, context.installNamespace);
      if (found !== undefined) findings.push({ subject: `APIService ${name}`, ...found });
    }
    return findings;
  },
};

function problemOf(
  service: RegisteredService | undefined,
  installNamespace: string,
): Omit<Finding, 'subject'> | undefined {
  if (service === undefined) {
    const problem = 'it does not exist, so kube-apiserver has no server for this API';
    return { code: 'ASC101', problem, fix: 'apply deploy/base/api/api-services.yaml' };
  }
  const { service: to, insecureSkipTLSVerify, caBundle } = service.spec;
  if (to?.namespace !== installNamespace || to.name !== API) {
    const where = to === undefined ? 'kube-apiserver itself' : `the Service ${to.name} in ${to.namespace}`;
    return {
      code: 'ASC102',
      problem: `it belongs to ${where}, not to ${API} in ${installNamespace}`,
      fix: `a version of an API group has one server: apply activescale's, and let api query the other adapter (FALLTHROUGH_CUSTOM, FALLTHROUGH_EXTERNAL; docs/migrate-from-prometheus-adapter.md), or name the namespace with --install-namespace`,
    };
  }
  if (!isAvailable(service)) {
    const { reason = 'unknown', message = '' } = availability(service) ?? {};
    return {
      code: 'ASC103',
      problem: `not available: ${reason}: ${message}`,
      fix: FIXES[reason] ?? 'see the message',
    };
  }
  if (insecureSkipTLSVerify === true) {
    const problem = 'insecureSkipTLSVerify is set: kube-apiserver accepts any certificate';
    return {
      code: 'ASC604',
      problem,
      fix: 'use the component cert-manager or self-signed, which sets caBundle',
    };
  }
  return bundleFinding(caBundle);
}

function bundleFinding(caBundle: string | undefined): Omit<Finding, 'subject'> | undefined {
  const code = 'ASC601';
  const fix = 'set spec.caBundle to the PEM of the CA of TLS_CERT_FILE, in base64';
  if (!caBundle) return { code, problem: 'it has no caBundle', fix };
  try {
    const authorities = readCertificates(Buffer.from(caBundle, 'base64').toString());
    return authorities.length > 0 ? undefined : { code, problem: 'its caBundle has no certificate', fix };
  } catch {
    return { code, problem: 'a certificate in its caBundle cannot be read', fix };
  }
}
