import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ControlPlane,
  deployment,
  type Envoy,
  type Ingest,
  namespace,
  podCount,
  runPods,
  startControlPlane,
  startEnvoy,
  startIngest,
  startValkey,
  type Valkey,
} from '@activescale/devkit';
import { type CliEnv, cliJson } from '../e2e/cli/run-cli.ts';
import { type Step, secondsOf, sweep } from './sweep.ts';
import { type Pool, startWorkerPool } from './worker-pool.ts';

/** The part of `activescale recommend -o json` that is compared. */
export interface Recommended {
  readonly inFlight?: number;
  readonly averageValue?: number;
  readonly lowerBound?: number;
  readonly refusal?: { readonly reason: string; readonly message: string };
  readonly workers?: { readonly count: number; readonly isSingle: boolean };
  readonly unloaded?: { readonly mean: number };
  readonly seconds: number;
  readonly bins: readonly {
    readonly inFlight: number;
    readonly seconds: number;
    readonly isEnough: boolean;
  }[];
}

export const NAMESPACE = 'shop';
const ARTIFACTS = join(import.meta.dirname, '../../artifacts/recommend');

export interface RecommendBench extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly valkey: Valkey;
  readonly env: CliEnv;
  /** A Deployment with one pod: an Envoy in front of a pool, both until the scope ends. */
  deploy(name: string, pool: Pool, scope: AsyncDisposableStack): Promise<Envoy>;
  /** Recommends a target while the steps run. Evidence and curve are kept among the artifacts. */
  recommend(name: string, pool: Pool, steps: readonly Step[]): Promise<Recommended>;
}

/** In s: until the last flush is in the record. */
const LAST_FLUSH = 3;

/** A control plane, ingest and Valkey. */
export async function startRecommendBench(): Promise<RecommendBench> {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const plane = starting.use(await startControlPlane());
  const ingest: Ingest = starting.use(await startIngest({ VALKEY_ADDR: valkey.addr }));
  const env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr };
  await plane.admin.apply(namespace(NAMESPACE));
  await mkdir(ARTIFACTS, { recursive: true });
  const started = starting.move();

  const deploy: RecommendBench['deploy'] = async (name, pool, scope) => {
    await plane.admin.apply(deployment(name, NAMESPACE, 1));
    const pods = { namespace: NAMESPACE, labelSelector: `app=${name}` };
    const [pod] = await podCount(plane.admin, 1, pods);
    await runPods(plane.admin, pods);
    const server = scope.use(await startWorkerPool(pool));
    const envoy = await startEnvoy({
      pod: pod?.metadata.name ?? '',
      namespace: NAMESPACE,
      labels: { app: name },
      sinkPort: ingest.grpcPort,
      upstreamPort: server.port,
      flush: '1s',
    });
    scope.defer(() => envoy.stop());
    return envoy;
  };
  return {
    plane,
    valkey,
    env,
    deploy,
    async recommend(name, pool, steps) {
      await using scope = new AsyncDisposableStack();
      const envoy = await deploy(name, pool, scope);
      const file = join(ARTIFACTS, name);
      const seconds = Math.ceil(secondsOf(steps)) + LAST_FLUSH;
      const args = ['recommend', `deploy/${name}`, '-n', NAMESPACE, '--for', `${seconds}s`];
      const [recommended] = await Promise.all([
        cliJson<Recommended>([...args, '--save', `${file}.json`, '--svg', `${file}.svg`], env),
        sweep(envoy.port, steps),
      ]);
      return recommended;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
