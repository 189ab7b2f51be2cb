import type { Failure } from '@activescale/dashboard';
import { type KubeClient, KubeError } from '@activescale/kube';
import { CUSTOM_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { ask, reasonOf } from '../../cluster/ask.ts';
import { causeOf } from '../../cluster/connect.ts';

/** More of them say nothing new. */
const MAX_FAILURES = 6;

/** The parts that fail, found while an answer is put together. Each is shown once. */
export interface Failures {
  add(failure: Failure | undefined): void;
  /** Notes why something could not be read. */
  caught(error: unknown): void;
  list(): readonly Failure[];
}

export function createFailures(): Failures {
  const found = new Map<string, Failure>();
  const add = (failure: Failure | undefined): void => {
    if (failure === undefined || found.size >= MAX_FAILURES) return;
    found.set(`${failure.part} ${failure.problem}`, failure);
  };
  return {
    add,
    caught: (error) => add(failureOf(error)),
    list: () => [...found.values()],
  };
}

function failureOf(error: unknown): Failure {
  const problem = reasonOf(error);
  if (error instanceof KubeError && error.status === 403)
    return {
      part: 'access',
      problem,
      remedy:
        'Ask for the ClusterRole view by a ClusterRoleBinding, or by a RoleBinding, and use -n to show that namespace only.',
    };
  if (error instanceof KubeError && error.status === 401)
    return { part: 'cluster', problem, remedy: 'Log in again, as for kubectl.' };
  if (error instanceof KubeError) return { part: 'cluster', problem, remedy: '' };
  if (!isOfConnection(error)) return { part: 'workload', problem, remedy: '' };
  return {
    part: 'cluster',
    problem: `it cannot be reached: ${causeOf(error)}`,
    remedy: 'Check that kubectl reaches it. The page continues when it does.',
  };
}

/** Errors of sockets and time-outs, as Node names them. */
function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isTimeout =
    error.name === 'TimeoutError' || error.name === 'AbortError' || /^no answer within/.test(error.message);
  return isTimeout || /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code));
}

/** Whether kube-apiserver gets an answer from the metrics API. undefined: it does, or this user may not know. */
export async function metricsApiFailure(client: KubeClient): Promise<Failure | undefined> {
  try {
    await ask(client, `/apis/${CUSTOM_METRICS_GROUP}/v1beta2`);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status === 401 || error.status === 403) return undefined;
    const part = 'metrics API';
    if (error.status === 404)
      return {
        part,
        problem: `nothing serves ${CUSTOM_METRICS_GROUP}/v1beta2`,
        remedy: 'Install activescale, or run activescale doctor if it is installed.',
      };
    return {
      part,
      problem: `${CUSTOM_METRICS_GROUP} does not answer: ${reasonOf(error)}. HPAs keep their replicas.`,
      remedy:
        'Check the pods of api: kubectl get pods --namespace activescale. activescale doctor finds the cause.',
    };
  }
}
