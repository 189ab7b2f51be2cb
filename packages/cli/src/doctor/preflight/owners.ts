import { CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { askList } from '../../cluster/ask.ts';
import { API, type RegisteredService } from '../checks/api-services.ts';
import { allowed } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { PreflightCheck } from './check.ts';

const SAVE = (name: string) => `kubectl get apiservice ${name} --output yaml > ${name}.yaml`;

/** The current servers of both metrics groups: a group version has one server, which an installation replaces. */
export const owners: PreflightCheck = {
  name: 'metrics APIs',
  async run({ client, installNamespace }) {
    const services = await allowed(
      askList<RegisteredService>(client, '/apis/apiregistration.k8s.io/v1/apiservices'),
    );
    const foreign = services.filter(
      ({ spec: { service } }) =>
        service !== undefined && !(service.namespace === installNamespace && service.name === API),
    );
    const findings = foreign
      .filter(({ spec }) => spec.group === CUSTOM_METRICS_GROUP)
      .map(({ metadata: { name }, spec: { service } }): Finding => {
        const owner = `the Service ${service?.name} in ${service?.namespace}`;
        return {
          subject: `APIService ${name}`,
          problem: `it belongs to ${owner}: an overlay replaces it, and HPAs lose that server's metrics`,
          fix: `migrate those HPAs first, and save the APIService to be able to restore it: ${SAVE(name)} (docs/install.md)`,
        };
      });
    const external = foreign.find(({ spec }) => spec.group === EXTERNAL_METRICS_GROUP)?.spec.service;
    const sound =
      external === undefined
        ? 'no other server has custom.metrics.k8s.io or external.metrics.k8s.io'
        : `no other server has custom.metrics.k8s.io; ${external.name} in ${external.namespace} has external.metrics.k8s.io and keeps it: do not add the component external-metrics`;
    return { sound, findings };
  },
};
