import { refusedRights } from '../checks/access.ts';
import { API } from '../checks/api-services.ts';
import type { DoctorContext } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { authorityProblem } from './authority.ts';
import { readBackendService, serviceProblem } from './backend-service.ts';
import { type Backend, backendsOf } from './backends.ts';
import { kedaFindings } from './keda.ts';

/** Other adapters, whose metrics HPAs read through api. */
export const fallThrough: Check = {
  name: 'fall-through',
  sound: 'HPAs can read the metrics of every other adapter',
  async run(context) {
    const settings = await context.component(API);
    if (settings === undefined)
      throw new NotChecked(`the Deployment ${API} in ${context.installNamespace} cannot be read`);
    const backends = backendsOf(settings);
    const findings: Finding[] = [];
    for (const backend of backends) findings.push(...(await backendFindings(context, backend)));
    const isExternalSet = (settings.get('FALLTHROUGH_EXTERNAL') ?? '') !== '';
    return [...findings, ...(await kedaFindings(context, isExternalSet))];
  },
};

async function backendFindings(context: DoctorContext, backend: Backend): Promise<Finding[]> {
  const subject = `Service ${backend.service} in ${backend.namespace} (${backend.setting})`;
  const service = await readBackendService(context, backend);
  const problem =
    (await serviceProblem(context, backend, service)) ??
    (service && (await authorityProblem(context, backend, service)));
  return [
    ...(problem === undefined ? [] : [{ subject, ...problem }]),
    ...(await rightFindings(context, backend)),
  ];
}

/** api queries a backend with its own service account. */
function rightFindings(
  { client, installNamespace }: DoctorContext,
  { setting, group }: Backend,
): Promise<Finding[]> {
  // Of the paths of the two APIs, as kube-apiserver and the adapter authorize them.
  const verb = setting === 'FALLTHROUGH_CUSTOM' ? 'get' : 'list';
  const component = setting === 'FALLTHROUGH_CUSTOM' ? 'fall-through' : 'fall-through-external';
  const right = {
    verb,
    group,
    resource: '*',
    for: 'to query the other adapter',
    fix: `apply deploy/components/${component}/rbac.yaml`,
  };
  return refusedRights(client, 'ASC704', `system:serviceaccount:${installNamespace}:${API}`, [right]);
}
