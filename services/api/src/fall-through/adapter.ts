import type { Login } from '@activescale/kube';
import {
  EXTERNAL_METRICS_GROUP,
  type MetricResource,
  serviceUnavailable,
} from '@activescale/protocol/kubernetes';
import type { Logger } from '@activescale/runtime';
import type { MetricRequest } from '../http/exchange.ts';
import type { ListOptions } from '../http/list-options.ts';
import { StatusError } from '../http/status-error.ts';
import { admission } from '../limits/admission.ts';
import { createInFlight } from '../limits/in-flight.ts';
import type { FallThroughTelemetry } from '../telemetry/fall-through-telemetry.ts';
import { type ExpectedList, receivedList } from './backend-answer.ts';
import { createBackendClient } from './backend-client.ts';
import { BackendError } from './backend-error.ts';
import type { ByteAccount } from './byte-budget.ts';
import { startCaFile } from './ca-file.ts';
import { createCircuit } from './circuit.ts';
import { startDiscoveryPoll } from './discovery-poll.ts';
import { createReadingTime } from './reading-time.ts';
import { reviewedPath } from './reviewed-path.ts';
import { type Backend, hostOf } from './settings.ts';

/** Queries the other adapter for the list of a request, which was authorized. Rejects with a StatusError. */
export type AskAdapter = (request: MetricRequest, selectors: ListOptions) => Promise<Buffer>;

/** The other adapter of an API group. */
export interface Adapter {
  readonly group: string;
  readonly ask: AskAdapter;
  /** Those that it listed last. */
  readonly metrics: readonly MetricResource[];
  /** Since it listed them, in ms. */
  discoveryAge(): number;
  /** Why it is considered down; undefined: it is not. */
  readonly trouble: string | undefined;
  close(): void;
}

export interface AdapterOptions {
  readonly group: string;
  /** For discovery. */
  readonly version: string;
  readonly backend: Backend;
  login(): Promise<Login>;
  readonly telemetry: FallThroughTelemetry;
  /** For the answer to a query. */
  openAccount(): ByteAccount;
  readonly log: Logger;
  onChange(): void;
}

/** Below the 2 s in which each request is answered, after the reviews that it may need. 2 MiB are 7,000 pods. */
const QUERY = { ms: 1_500, bytes: 2 * 1024 * 1024 };
/**
 * Apart from our own queries, which a slow adapter must not refuse. The HPA controller is one user, with 5 workers by
 * default.
 */
const IN_FLIGHT = { max: 48, maxPerUser: 32 };

/** Rejects if the backend's CA cannot be read. The backend itself may be down. */
export async function startAdapter(options: AdapterOptions): Promise<Adapter> {
  const { group, version, backend, login, telemetry, openAccount, log, onChange } = options;
  const { setting, namespace, service, port } = backend;
  const named = `${namespace}/${service} (${setting})`;
  const isExternal = group === EXTERNAL_METRICS_GROUP;
  const now = () => performance.now();

  const ca = await startCaFile(backend, (error) =>
    log.error({ err: error }, `${setting}_CA_FILE is invalid; keeping the previous CA`),
  );
  const client = createBackendClient({ host: hostOf(backend), port, ca: () => ca.current, login });
  const circuit = createCircuit(now);
  const readingTime = createReadingTime(now);
  const limited = `the limit of queries for ${namespace}/${service}`;
  const admit = admission(createInFlight(IN_FLIGHT, { max: limited, maxPerUser: limited }));
  const discovery = startDiscoveryPoll({
    client,
    path: `/apis/${group}/${version}`,
    external: isExternal,
    onTrouble: (trouble) =>
      trouble === undefined
        ? log.info(`${named} lists its metrics again`)
        : log.warn({ reason: trouble }, `${named} lists no metrics; serving the last known list`),
    onChange,
    now,
  });

  /** A query that was sent, timed and counted. */
  const send = async (path: string, expected: ExpectedList, account: ByteAccount) => {
    const start = now();
    let code = '<error>';
    try {
      const answer = await client.get(path, { ...QUERY, account });
      code = String(answer.status);
      return readingTime.spend(() => receivedList(answer, expected, named));
    } finally {
      telemetry.asked(group, code, (now() - start) / 1000);
    }
  };

  return {
    group,
    ask(request, selectors) {
      const path = reviewedPath(request.info, request.info.version, selectors);
      const kind = isExternal ? 'ExternalMetricValueList' : 'MetricValueList';
      const expected: ExpectedList = { kind, group, version: request.info.version };
      const answer = async () => {
        const account = openAccount();
        void request.closed.then(account.close);
        let sent = false;
        try {
          const { body, items } = await circuit.run(() => {
            sent = true;
            return send(path, expected, account);
          });
          request.trace.answered(items);
          return body;
        } catch (error) {
          if (!sent) telemetry.asked(group, '<refused>', undefined);
          if (!(error instanceof BackendError)) throw error;
          throw new StatusError(serviceUnavailable(`${named} is unavailable: ${error.message}`), {
            cause: error,
          });
        }
      };
      return admit(answer)(request);
    },
    get metrics() {
      return discovery.metrics;
    },
    discoveryAge: discovery.age,
    get trouble() {
      return circuit.trouble ?? discovery.trouble;
    },
    close() {
      discovery.close();
      client.close();
      ca.close();
    },
  };
}
