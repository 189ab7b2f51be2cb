import { startApi, startIngest } from '../services.ts';
import { startValkey } from '../valkey.ts';
import { createWorkload, type Workload } from './workload.ts';

export interface Stack extends AsyncDisposable {
  readonly securePort: number;
  readonly workload: Workload;
}

/** Everything of the demo: Valkey, ingest, a standalone api, and the pods of a workload. */
export async function startStack(namespace: string, replicas: number): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const settings = { VALKEY_ADDR: valkey.addr };
  const ingest = starting.use(await startIngest(settings));
  const api = starting.use(await startApi({ ...settings, STANDALONE: 'true' }));
  const workload = starting.use(createWorkload(namespace, ingest.grpcPort));
  await workload.scale(replicas);
  const started = starting.move();
  return { securePort: api.securePort, workload, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
