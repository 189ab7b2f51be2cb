import { setTimeout as sleep } from 'node:timers/promises';
import { type Balancer, until } from '@activescale/devkit';

interface Instance {
  stop(): Promise<unknown>;
}

export interface RolloutOptions<T extends Instance> {
  /** Starts an instance: of generation 0 at first, and of one more with each replacement of all. */
  readonly begin: (generation: number) => Promise<T>;
  readonly ready: (instance: T) => Promise<boolean>;
  readonly port: (instance: T) => number;
  /** The address before the instances. */
  readonly balancer: Balancer;
}

/** Two instances of a service behind one address, as a Deployment and its Service have them. */
export interface Rollout extends AsyncDisposable {
  /** One after another: a new one is added once it is ready, then an old one is taken out, and ended. */
  replaceAll(): Promise<void>;
}

/** The preStop hook of the manifests waits so that an endpoint is gone everywhere before its process ends; here, in ms. */
const PRE_STOP_MS = 500;

export async function rollingUpdate<T extends Instance>(options: RolloutOptions<T>): Promise<Rollout> {
  const { begin, ready, port, balancer } = options;
  let instances: T[] = [];
  let generation = 0;
  const add = async (): Promise<void> => {
    const instance = await begin(generation);
    instances = [...instances, instance];
    await until(() => ready(instance), { what: 'an instance to be ready', deadline: 30_000 });
  };
  const route = () => balancer.setTargets(instances.map(port));
  const stopAll = async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
  };
  try {
    await add();
    await add();
  } catch (error) {
    await stopAll();
    throw error;
  }
  route();
  return {
    async replaceAll() {
      generation++;
      for (const old of instances) {
        await add();
        instances = instances.filter((instance) => instance !== old);
        route();
        await sleep(PRE_STOP_MS);
        await old.stop();
      }
    },
    [Symbol.asyncDispose]: stopAll,
  };
}
