import { parseDuration } from '@activescale/runtime';
import { askList } from '../../cluster/ask.ts';
import { duration } from '../../format.ts';
import { API } from '../checks/api-services.ts';
import { allowed, type DoctorContext } from '../context.ts';
import type { Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';

/** The default sync period of kube-controller-manager, in ms. */
const DEFAULT_SYNC_MS = 15_000;
const SYNC_FLAG = '--horizontal-pod-autoscaler-sync-period=';

interface Pod {
  readonly spec?: {
    readonly containers?: readonly {
      readonly command?: readonly string[];
      readonly args?: readonly string[];
    }[];
  };
}

/** Whether a rejected request may be forgotten before the HPA reads the metric. */
export async function holdFindings(context: DoctorContext): Promise<Finding[]> {
  const setting = (await context.component(API))?.get('DEMAND_HOLD');
  const hold = setting === undefined || setting === '' ? undefined : parseDuration(setting);
  if (setting === undefined || hold === undefined) return []; // the default, or api refuses to start with it
  return holdProblem(setting, hold, await syncPeriod(context));
}

export function holdProblem(setting: string, hold: number, syncPeriod: number): Finding[] {
  if (hold >= syncPeriod) return [];
  const problem = `DEMAND_HOLD is ${setting}, and the HPA reads metrics every ${duration(syncPeriod)}: it may miss a rejected request, and not scale out from 0`;
  return [
    {
      code: 'ASC522',
      subject: `Deployment ${API}`,
      problem,
      fix: 'set DEMAND_HOLD to several sync periods, or remove it (the default is 90s)',
    },
  ];
}

/** Read from the static pod of kube-controller-manager, if the cluster shows it. */
async function syncPeriod({ client }: DoctorContext): Promise<number> {
  const query = new URLSearchParams({ labelSelector: 'component=kube-controller-manager' });
  try {
    const pods = await allowed(askList<Pod>(client, `/api/v1/namespaces/kube-system/pods?${query}`));
    const words = pods
      .flatMap(({ spec }) => spec?.containers ?? [])
      .flatMap(({ command = [], args = [] }) => [...command, ...args]);
    const flag = words.find((word) => word.startsWith(SYNC_FLAG))?.slice(SYNC_FLAG.length);
    return (flag === undefined ? undefined : parseDuration(flag)) ?? DEFAULT_SYNC_MS;
  } catch (error) {
    if (error instanceof NotChecked) return DEFAULT_SYNC_MS;
    throw error;
  }
}
