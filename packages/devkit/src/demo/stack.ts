import { startEnvoy } from '../envoy/envoy.ts';
import { startUpstream, type Upstream } from '../http/upstream.ts';
import { startApi, startIngest } from '../services.ts';
import { startValkey } from '../valkey.ts';
import { type Pattern, startTraffic } from './traffic.ts';

interface DemoPod {
  name: string;
  upstream: Upstream;
}

export interface Stack extends AsyncDisposable {
  securePort: number;
  pods: readonly DemoPod[];
}

/** Everything of the demo: Valkey, ingest, a standalone api, and for each pattern an application with its Envoy. */
export async function startStack(
  namespace: string,
  patterns: Readonly<Record<string, Pattern>>,
): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const settings = { VALKEY_ADDR: valkey.addr };
  const ingest = starting.use(await startIngest(settings));
  const api = starting.use(await startApi({ ...settings, STANDALONE: 'true' }));
  const pods: DemoPod[] = [];
  for (const [name, pattern] of Object.entries(patterns)) {
    const upstream = starting.use(await startUpstream());
    const ip = `10.1.0.${pods.length + 7}`;
    const options = { pod: name, namespace, ip, sinkPort: ingest.grpcPort, upstreamPort: upstream.port };
    const envoy = starting.use(await startEnvoy(options));
    starting.use(startTraffic(envoy.port, pattern));
    pods.push({ name, upstream });
  }
  const started = starting.move();
  return { securePort: api.securePort, pods, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
