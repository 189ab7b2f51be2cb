import { join } from 'node:path';
import { helm } from '../../packages/devkit/src/helm.ts';
import { ROOT } from './origin.ts';

/** Packages the Helm chart as `FOLDER/activescale-VERSION.tgz`. */
export async function packChart(folder: string): Promise<void> {
  await helm('package', join(ROOT, 'deploy/chart'), '--destination', folder);
}
