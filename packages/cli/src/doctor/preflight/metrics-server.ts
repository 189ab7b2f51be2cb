import { isAvailable, registeredService } from '../checks/api-services.ts';
import type { PreflightCheck } from './check.ts';

const NAME = 'v1beta1.metrics.k8s.io';

export const metricsServer: PreflightCheck = {
  name: 'metrics-server',
  async run(context) {
    const service = await registeredService(context, NAME);
    const sound = `${NAME} is available: ingest and api scale by CPU`;
    if (service !== undefined && isAvailable(service)) return { sound, findings: [] };
    const problem = service === undefined ? 'it does not exist' : 'it is not available';
    const finding = {
      code: 'ASC113',
      subject: `APIService ${NAME}`,
      problem: `${problem}: ingest and api stay at minReplicas`,
      fix: 'install metrics-server, or set minReplicas for the load',
    } as const;
    return { sound, findings: [finding] };
  },
};
