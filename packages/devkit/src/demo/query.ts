import { Agent, get, type RequestOptions } from 'node:https';
import { parseQuantity } from '@activescale/protocol/kubernetes';

interface MetricValueList {
  items: { describedObject: { name: string }; timestamp: string; value: string }[];
}

/** A value, and the time of the flush that it is from, in ms since the epoch, truncated to seconds. */
export interface TimedValue {
  readonly value: number;
  readonly time: number;
}

/** Queries metrics of a namespace, as the HPA does. */
export function createQuery(securePort: number, namespace: string) {
  // The standalone api signs its certificate itself, and both ends are on this machine's loopback.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const items = async (what: string): Promise<MetricValueList['items']> => {
    const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/${what}`;
    const text = await body({ host: '127.0.0.1', port: securePort, path, agent });
    return text === undefined ? [] : (JSON.parse(text) as MetricValueList).items;
  };
  return {
    /**
     * The values by object; none where the value is unknown.
     * @param what e.g. `services/web/demand_requests`
     */
    async ask(what: string): Promise<ReadonlyMap<string, number>> {
      const found = await items(what);
      return new Map(found.map(({ describedObject, value }) => [describedObject.name, numberOf(value)]));
    },
    /** The same with times. */
    async askTimed(what: string): Promise<ReadonlyMap<string, TimedValue>> {
      const found = await items(what);
      return new Map(
        found.map(({ describedObject, timestamp, value }) => [
          describedObject.name,
          { value: numberOf(value), time: Date.parse(timestamp) },
        ]),
      );
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function numberOf(quantity: string): number {
  return Number(parseQuantity(quantity)) / 1000;
}

/** undefined: 404. */
function body(options: RequestOptions): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const sent = get(options, async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString();
        if (response.statusCode === 200) resolve(text);
        else if (response.statusCode === 404) resolve(undefined);
        else reject(new Error(`api answered ${response.statusCode}: ${text}`));
      } catch (error) {
        reject(error);
      }
    });
    sent.setTimeout(2_000, () => sent.destroy(new Error('api did not answer within 2 s')));
    sent.once('error', reject);
  });
}
