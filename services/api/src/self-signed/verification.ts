import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiService } from '@activescale/kube';
import type { TaskOptions } from './tasks.ts';

/** An APIService of a new installation takes some seconds: its pods start, and a job sets its caBundle. */
const DEADLINE_MS = 120_000;
const RETRY_MS = 1_000;
const REQUEST_MS = 10_000;

interface Verification extends TaskOptions {
  /** ms; default: two minutes. */
  readonly deadline?: number;
}

/**
 * Resolves when each APIService of these names leads to api, and kube-apiserver gets its answer.
 * @throws Error that names the APIService and the last problem, after the deadline
 */
export async function verifyApiServices(options: Verification, names: readonly string[]): Promise<void> {
  const end = performance.now() + (options.deadline ?? DEADLINE_MS);
  for (const name of names) {
    for (;;) {
      const problem = await problemOf(options, name);
      if (problem === undefined) break;
      if (performance.now() > end) throw new Error(`the APIService ${name}: ${problem}`);
      options.log.info({ apiservice: name, problem }, 'waiting');
      await sleep(RETRY_MS);
    }
    options.log.info({ apiservice: name }, 'kube-apiserver gets the answers of api');
  }
}

/** undefined: there is none. */
async function problemOf({ client, serviceName }: TaskOptions, name: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(REQUEST_MS);
  try {
    const list = '/apis/apiregistration.k8s.io/v1/apiservices';
    const { items } = await client.get<{ items: readonly ApiService[] }>(list, { signal });
    const service = items.find(({ metadata }) => metadata.name === name)?.spec.service;
    if (service === undefined) return 'it does not exist, or has no Service';
    const owner = `${service.name}.${service.namespace}.svc`;
    if (owner !== serviceName) return `it belongs to ${owner}, not to ${serviceName}`;
    const [version, ...group] = name.split('.');
    const path = `/apis/${group.join('.')}/${version}`;
    const { kind } = await client.get<{ kind?: string }>(path, { signal });
    return kind === 'APIResourceList' ? undefined : `GET ${path}: kind ${kind}, not APIResourceList`;
  } catch (error) {
    return (error as Error).message;
  }
}
