import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeClient, until } from '@activescale/devkit';

/** What a Deployment and its HPA did, with times: it is asserted on, and kept as a file. */
export interface Story extends AsyncDisposable {
  /** Notes a step of the test. */
  step(what: string): void;
  /** Replicas that the Deployment has wanted since the last step, without repetition. */
  replicasSinceStep(): readonly number[];
  replicas(): number;
  /** Waits until the Deployment has this number of desired replicas. */
  becomes(replicas: number): Promise<void>;
  /** Waits for a condition of the HPA. */
  condition(type: string, status: string, reason: string): Promise<void>;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface Hpa {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const LOOK_MS = 100;
const DEADLINE_MS = 90_000;
const ARTIFACTS = join(import.meta.dirname, '../../../artifacts');

/** Follows Deployment and HPA of one name, unless the HPA has another; `file` is its name among the artefacts. */
export function followStory(
  admin: KubeClient,
  namespace: string,
  name: string,
  file: string,
  hpa = name,
): Story {
  const start = performance.now();
  const lines: string[] = [];
  const say = (text: string) =>
    lines.push(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  let current = Number.NaN;
  let conditions: readonly Condition[] = [];
  let seen: number[] = [];
  const closing = new AbortController();

  const look = async (): Promise<void> => {
    const deployment = await admin.get<{ spec: { replicas: number } }>(
      `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    );
    const { replicas } = deployment.spec;
    if (replicas !== current) say(`the Deployment wants ${replicas} replicas`);
    if (replicas !== seen.at(-1)) seen.push(replicas);
    current = replicas;
    const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${hpa}`;
    const { status, body } = await admin.request(path);
    const found: Hpa = status === 200 ? JSON.parse(body) : {};
    for (const condition of found.status?.conditions ?? []) {
      const before = conditions.find(({ type }) => type === condition.type);
      if (before?.status === condition.status && before.reason === condition.reason) continue;
      say(`HPA: ${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`);
    }
    conditions = found.status?.conditions ?? [];
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await look();
      await sleep(LOOK_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();

  return {
    step(what) {
      say(`-- ${what}`);
      seen = Number.isNaN(current) ? [] : [current];
      conditions = []; // a step waits for what is said after it
    },
    replicasSinceStep: () => [...new Set(seen)],
    replicas: () => current,
    becomes: async (replicas) => {
      await until(() => current === replicas, { what: `${replicas} replicas`, deadline: DEADLINE_MS });
    },
    condition: async (type, status, reason) => {
      const holds = () =>
        conditions.some((each) => each.type === type && each.status === status && each.reason === reason);
      await until(holds, { what: `${type}=${status} ${reason}`, deadline: DEADLINE_MS });
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
      await mkdir(ARTIFACTS, { recursive: true });
      await writeFile(join(ARTIFACTS, file), `${lines.join('\n')}\n`);
    },
  };
}
