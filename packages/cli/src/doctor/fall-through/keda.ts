import { EXTERNAL_METRICS_GROUP, EXTERNAL_METRICS_VERSION } from '@activescale/protocol/kubernetes';
import { API, registeredService } from '../checks/api-services.ts';
import { type DoctorContext, look } from '../context.ts';
import type { Finding } from '../finding.ts';

interface ScaledObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

const NAME = `${EXTERNAL_METRICS_VERSION}.${EXTERNAL_METRICS_GROUP}`;

/** ScaledObjects whose HPAs ask api for metrics that KEDA's server has. @throws NotChecked */
export async function kedaFindings(context: DoctorContext, fallsThrough: boolean): Promise<Finding[]> {
  if (fallsThrough) return [];
  const service = (await registeredService(context, NAME))?.spec.service;
  if (service?.name !== API || service.namespace !== context.installNamespace) return [];
  const list = await look<{ items: readonly ScaledObject[] | null }>(
    context,
    '/apis/keda.sh/v1alpha1/scaledobjects',
  );
  const [first, ...others] = list?.items ?? [];
  if (first === undefined) return [];
  const some = `${first.metadata.name} in ${first.metadata.namespace}${others.length === 0 ? '' : ` and ${others.length} more`}`;
  return [
    {
      code: 'ASC711',
      subject: `APIService ${NAME}`,
      problem: `the HPAs of ScaledObjects (${some}) get no metrics: it belongs to activescale, and FALLTHROUGH_EXTERNAL is not set`,
      fix: "add the component fall-through-external, which sets it to KEDA's server; or remove the component external-metrics and let KEDA register its APIService again",
    },
  ];
}
