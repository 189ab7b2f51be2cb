import { join } from 'node:path';
import { type Process, start } from '../process/start.ts';
import { controllerManagerBinary, type KubernetesRelease } from '../tools/control-plane-binaries.ts';

interface ControllerManagerOptions {
  kubernetes: KubernetesRelease;
  /** Where the certificates lie. */
  folder: string;
  kubeconfigFile: string;
  controllers: readonly string[];
  /** More command line arguments. */
  args: readonly string[];
}

/**
 * What a Deployment with an HPA needs. The first two make the accounts as which the others act: without them RBAC
 * refuses the HPA controller.
 */
export const CONTROLLERS = [
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'horizontal-pod-autoscaler-controller',
  'deployment-controller',
  'replicaset-controller',
];

export async function startControllerManager(options: ControllerManagerOptions): Promise<Process> {
  const { kubernetes, folder, kubeconfigFile, controllers, args } = options;
  const fixed = [
    `--kubeconfig=${kubeconfigFile}`,
    `--controllers=${controllers.join()}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(folder, 'service-accounts.key')}`,
    `--root-ca-file=${join(folder, 'ca.crt')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--authentication-skip-lookup',
    '--horizontal-pod-autoscaler-sync-period=2s',
  ];
  const command = await controllerManagerBinary(kubernetes);
  return start({ command, args: [...fixed, ...args], grace: 5_000 });
}
