import { CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { API } from '../checks/api-services.ts';
import type { ComponentSettings } from '../component-settings.ts';
import type { DoctorContext } from '../context.ts';

/** An adapter that api queries for metrics outside its catalogue. */
export interface Backend {
  /** The setting that names it, and the API group that it serves. */
  readonly setting: string;
  readonly group: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** The file in the container of api with the CA of its certificate. */
  readonly caFile: string;
}

const GROUPS = { FALLTHROUGH_CUSTOM: CUSTOM_METRICS_GROUP, FALLTHROUGH_EXTERNAL: EXTERNAL_METRICS_GROUP };
const HTTPS = 443;

/** Those that api's settings name. api does not start with an invalid setting. */
export function backendsOf(settings: ComponentSettings): Backend[] {
  return Object.entries(GROUPS).flatMap(([setting, group]) => {
    const [, namespace, service, port] =
      /^([^/:]+)\/([^/:]+)(?::(\d+))?$/.exec(settings.get(setting) ?? '') ?? [];
    if (namespace === undefined || service === undefined) return [];
    const caFile = settings.get(`${setting}_CA_FILE`) ?? '';
    return [{ setting, group, namespace, service, port: Number(port ?? HTTPS), caFile }];
  });
}

/** Whether an HPA of type Pods or Object may use metrics of another adapter. */
export async function fallsThroughCustom(context: DoctorContext): Promise<boolean> {
  return ((await context.component(API))?.get('FALLTHROUGH_CUSTOM') ?? '') !== '';
}
