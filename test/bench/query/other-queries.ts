import { parentPort, workerData } from 'node:worker_threads';
import { type Credential, createKubeClient, type KubeServer } from '@activescale/devkit';

export interface OtherQueries {
  readonly server: KubeServer;
  readonly user: Credential;
  readonly path: string;
  /** Sent each second, evenly spread, as by the workers of the HPA controller. */
  readonly perSecond: number;
}

// A thread that sends queries until it is terminated, and posts the status of each.
const { server, user, path, perSecond } = workerData as OtherQueries;
const client = createKubeClient(server, user);
const send = async () => {
  const { status } = await client.request(path, { timeout: 10_000 });
  parentPort?.postMessage(status);
};
setInterval(() => void send().catch(() => {}), 1_000 / perSecond);
