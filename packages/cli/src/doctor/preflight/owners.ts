import { CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { askList } from '../../cluster/ask.ts';
import { API, type RegisteredService } from '../checks/api-services.ts';
import { allowed } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { PreflightCheck } from './check.ts';
import { overlapFindings } from './overlap.ts';

const SAVE = (name: string) => `kubectl get apiservice ${name} --output yaml > ${name}.yaml`;

/** The current servers of both metrics groups: a group version has one server, which an installation replaces. */
export const owners: PreflightCheck = {
  name: 'metrics APIs',
  async run({ client, installNamespace, settings }) {
    const services = await allowed(
      askList<RegisteredService>(client, '/apis/apiregistration.k8s.io/v1/apiservices'),
    );
    const foreign = services.filter(
      ({ spec: { service } }) =>
        service !== undefined && !(service.namespace === installNamespace && service.name === API),
    );
    const replaced = foreign.filter(({ spec }) => spec.group === CUSTOM_METRICS_GROUP);
    const findings = replaced.flatMap(replacedFindings);
    for (const { metadata } of replaced)
      findings.push(...(await overlapFindings(client, metadata.name, settings.catalogue)));
    const external = foreign.find(({ spec }) => spec.group === EXTERNAL_METRICS_GROUP)?.spec.service;
    const sound =
      external === undefined
        ? 'no other server has custom.metrics.k8s.io or external.metrics.k8s.io'
        : `no other server has custom.metrics.k8s.io; ${external.name} in ${external.namespace} has external.metrics.k8s.io and keeps it, unless you add the component external-metrics: then add fall-through-external too`;
    return { sound, findings };
  },
};

function replacedFindings({
  metadata: { name },
  spec: { service, insecureSkipTLSVerify },
}: RegisteredService): Finding[] {
  const subject = `APIService ${name}`;
  const target = `${service?.namespace}/${service?.name}${service?.port === undefined || service.port === 443 ? '' : `:${service.port}`}`;
  const findings: Finding[] = [
    {
      code: 'ASC111',
      subject,
      problem: `it belongs to the Service ${service?.name} in ${service?.namespace}: an overlay replaces it, and HPAs lose that server's metrics`,
      fix: `add the component fall-through with FALLTHROUGH_CUSTOM=${target}, so that activescale queries it for those metrics, and save the APIService to be able to restore it: ${SAVE(name)} (docs/migrate-from-prometheus-adapter.md)`,
    },
  ];
  if (insecureSkipTLSVerify === true) {
    findings.push({
      code: 'ASC722',
      subject,
      problem:
        'insecureSkipTLSVerify is set: kube-apiserver does not verify its server, and activescale does',
      fix: `give its server a certificate for ${service?.name}.${service?.namespace}.svc before you add the component fall-through (docs/migrate-from-prometheus-adapter.md)`,
    });
  }
  return findings;
}
