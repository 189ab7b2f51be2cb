import { listPods } from '../../cluster/pods.ts';
import { allowed, type DoctorContext, look } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { readyEndpoints } from '../ready-endpoints.ts';

export const INGEST = 'activescale-ingest';

export interface ServiceObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  };
}

/** The Service that proxies push to; undefined: there is none. */
export function ingestService(context: DoctorContext): Promise<ServiceObject | undefined> {
  const namespace = encodeURIComponent(context.installNamespace);
  return look(context, `/api/v1/namespaces/${namespace}/services/${INGEST}`);
}

export const ingest: Check = {
  name: 'ingest',
  sound: 'its Service has ready pods, outside the mesh',
  async run(context) {
    const { client, installNamespace } = context;
    const subject = `Service ${INGEST} in ${installNamespace}`;
    const service = await ingestService(context);
    if (service === undefined) {
      const fix = 'apply deploy/base, or name the namespace with --install-namespace';
      return [{ code: 'ASC201', subject, problem: 'it does not exist', fix }];
    }
    const findings: Finding[] = [];
    const ready = await readyEndpoints(context, installNamespace, INGEST);
    if (ready === 0) {
      const fix = `see why no pod is ready: kubectl get pods -n ${installNamespace} -l app.kubernetes.io/component=ingest`;
      findings.push({
        code: 'ASC202',
        subject,
        problem: 'it has no ready endpoint, so proxies cannot push',
        fix,
      });
    }
    const labels = Object.entries(service.spec.selector ?? {}).map(([key, value]) => {
      return { key, operator: '=' as const, values: [value] };
    });
    const pods = labels.length === 0 ? [] : await allowed(listPods(client, installNamespace, labels));
    const meshed = pods.filter(({ containers }) => containers.includes('istio-proxy'));
    if (meshed.length > 0) {
      findings.push({
        code: 'ASC203',
        subject: `pod ${meshed[0]?.name} in ${installNamespace}`,
        problem:
          'it is in the mesh: its sidecar refuses the plaintext that proxies push, and counts it as requests',
        fix: 'label the pod template sidecar.istio.io/inject: "false", as deploy/base does',
      });
    }
    return findings;
  },
};
