import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../tools/cache.ts';
import { KEDA } from '../tools/crds.ts';
import { goExecutable } from '../tools/go.ts';
import { goModule, upstreamRequirements } from '../tools/go-module.ts';

/** The manifests of KEDA's namespace, of its service account, and of the rights of this account. */
const ACCOUNT = [
  'general/namespace.yaml',
  'service_account/service_account.yaml',
  'rbac/role.yaml',
  'rbac/role_binding.yaml',
  'metrics-server/role.yaml',
  'metrics-server/role_binding.yaml',
];
const OPERATOR = 'manager/manager.yaml';

/** KEDA's operator, built once, in about 10 minutes on 2 cores: it has the clients of all its scalers. */
export const kedaOperatorBinary = () => program('keda-operator', 'operator');

/** KEDA's server of external.metrics.k8s.io, built once. Most of its packages are those of the operator. */
export const kedaMetricsAdapterBinary = () => program('keda-metrics-adapter', 'adapter');

function program(name: string, command: string): Promise<string> {
  const { module, version } = KEDA;
  return goExecutable({
    name,
    version,
    requirements: () => upstreamRequirements(module, version),
    target: `${module}/cmd/${command}`,
  });
}

/** Files of KEDA's manifests: its namespace, account and rights, and the Deployment of the operator. */
export async function kedaManifests(): Promise<{ account: readonly string[]; operator: string }> {
  const { module, version } = KEDA;
  const folder = await makeOnce(`keda-manifests-${version}`, async (into) => {
    const source = join(await goModule(module, version), 'config');
    for (const path of [...ACCOUNT, OPERATOR]) await copyFile(join(source, path), join(into, flat(path)));
  });
  return { account: ACCOUNT.map((path) => join(folder, flat(path))), operator: join(folder, flat(OPERATOR)) };
}

const flat = (path: string) => path.replace('/', '-');
