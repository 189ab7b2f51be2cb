import { startEnvoy } from '../envoy/envoy.ts';
import { startUpstream } from '../http/upstream.ts';

/** A pod of the demo: an application and its Envoy. */
export interface DemoPod {
  readonly name: string;
  /** Both undefined until it has started. */
  port(): number | undefined;
  /** Requests in flight, as the application counts them. */
  inFlight(): number | undefined;
}

export interface Workload extends AsyncDisposable {
  pods(): readonly DemoPod[];
  /** Starts or stops pods, the newest first, and waits for that. */
  scale(replicas: number): Promise<void>;
}

interface StartedPod extends DemoPod {
  /** Resolves when it runs. */
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

/** Pods in `namespace` that push to ingest; none at first. */
export function createWorkload(namespace: string, sinkPort: number): Workload {
  let pods: readonly StartedPod[] = [];
  let count = 0;
  const scale = async (replicas: number) => {
    const surplus = pods.slice(replicas);
    const added: StartedPod[] = [];
    while (pods.length - surplus.length + added.length < replicas)
      added.push(startPod(namespace, sinkPort, count++));
    pods = [...pods.slice(0, replicas), ...added];
    await Promise.all([...added.map(({ started }) => started), ...surplus.map((pod) => pod.stop())]);
  };
  return { pods: () => pods, scale, [Symbol.asyncDispose]: () => scale(0) };
}

function startPod(namespace: string, sinkPort: number, index: number): StartedPod {
  const name = `web-${SUFFIXES[index % SUFFIXES.length]}${index < SUFFIXES.length ? '' : index}`;
  const ending = new AsyncDisposableStack();
  let running: { readonly port: number; inFlight(): number } | undefined;
  const start = async () => {
    const upstream = ending.use(await startUpstream());
    const ip = `10.1.0.${(index % 200) + 7}`;
    const options = { pod: name, namespace, ip, sinkPort, upstreamPort: upstream.port, flush: '1s' };
    const { port } = ending.use(await startEnvoy(options));
    running = { port, inFlight: upstream.inFlight };
  };
  const started = start();
  return {
    name,
    started,
    port: () => running?.port,
    inFlight: () => running?.inFlight(),
    async stop() {
      await started.catch(() => {}); // the caller of `scale` has the reason
      running = undefined;
      await ending.disposeAsync();
    },
  };
}

/** A pod that replaces another has another name, as in Kubernetes: nothing is answered with a predecessor's record. */
const SUFFIXES = ['k2x7p', '9d4mz', 'c81qa', 'h5t3w', 'n6v0b', 'r7j2f', 's4g8c', 'u1e5y', 'x3b9d', 'z0m6k'];
