import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { overlayObjects, podTemplates, root } from './overlays.ts';

/** Runs what a Job of an overlay runs, as in its container, and gives its log. Rejects with the log when it fails. */
export async function runJob(overlay: string, job: string, kubeconfig: string): Promise<string> {
  const container = podTemplates(await overlayObjects(overlay)).get(`Job ${job}`)?.spec.containers[0];
  if (container === undefined) throw new Error(`${overlay} has no Job ${job}`);
  const [node, main = ''] = container.command ?? [];
  if (node !== 'node') throw new Error(`the Job ${job} runs ${node}`);
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig };
  const args = [join(root, main), ...(container.args ?? [])];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`the Job ${job} failed: ${stdout}${stderr}`, { cause: error });
  }
}
