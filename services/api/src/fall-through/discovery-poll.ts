import type { MetricResource } from '@activescale/protocol/kubernetes';
import { errorStatus, readJson } from './backend-answer.ts';
import type { BackendClient, BackendResponse } from './backend-client.ts';
import { BackendError } from './backend-error.ts';
import { discoveredMetrics, keyOf } from './discovered-metrics.ts';

/** The metrics that a backend lists, kept up to date. */
export interface DiscoveryPoll {
  /** The last known ones; another array only if they have changed. */
  readonly metrics: readonly MetricResource[];
  /** Since they were confirmed, or since the start if they never were, in ms. */
  age(): number;
  /** Why the last poll failed; undefined: it did not. */
  readonly trouble: string | undefined;
  close(): void;
}

export interface DiscoveryPollOptions {
  readonly client: Pick<BackendClient, 'get'>;
  /** `/apis/<group>/<version>`. */
  readonly path: string;
  readonly external: boolean;
  /** Called when polls begin to fail, and when they work again (undefined). */
  onTrouble(trouble: string | undefined): void;
  /** Called when the metrics have changed. */
  onChange(): void;
  /** Monotonic, in ms. */
  now(): number;
}

/** Between polls; replicas that start together drift apart by a tenth. In ms. */
const POLL_MS = 30_000;
/** After a failure, in ms. */
const RETRY_MS = 5_000;
/** The adapter may collect its list from a database: more time than for a query. 10,000 entries are 1.5 MB. */
const LIMITS = { ms: 4_000, bytes: 4 * 1024 * 1024 };

export function startDiscoveryPoll(options: DiscoveryPollOptions): DiscoveryPoll {
  const { client, path, external, onTrouble, onChange, now } = options;
  let metrics: readonly MetricResource[] = [];
  let body: Buffer | undefined;
  let confirmedAt = now();
  let trouble: string | undefined = 'its metrics have not been read yet';
  let reported: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const poll = async (): Promise<void> => {
    const answer = await client.get(path, LIMITS);
    if (answer.status === 200 && body?.equals(answer.body)) return;
    const found = discoveredMetrics(resourcesOf(answer), external);
    body = answer.body;
    if (isSame(found, metrics)) return;
    metrics = found;
    onChange();
  };
  const run = async (): Promise<void> => {
    try {
      await poll();
      confirmedAt = now();
      trouble = undefined;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (closed) return;
    if ((trouble === undefined) !== (reported === undefined)) onTrouble(trouble);
    reported = trouble;
    const pause = trouble === undefined ? POLL_MS * (0.9 + Math.random() / 5) : RETRY_MS;
    timer = setTimeout(() => void run(), pause).unref();
  };
  void run();
  return {
    get metrics() {
      return metrics;
    },
    age: () => now() - confirmedAt,
    get trouble() {
      return trouble;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function resourcesOf(answer: BackendResponse): readonly unknown[] {
  if (answer.status !== 200) {
    const { code, message } = errorStatus(answer);
    throw new BackendError(`its discovery answered ${code}: ${message}`);
  }
  const { kind, resources } = readJson(answer);
  if (kind === 'APIResourceList' && Array.isArray(resources)) return resources;
  throw new BackendError('its discovery is not an APIResourceList');
}

function isSame(a: readonly MetricResource[], b: readonly MetricResource[]): boolean {
  return a.length === b.length && a.every((each, i) => keyOf(each) === keyOf(b[i] as MetricResource));
}
