import { Agent, get, type RequestOptions } from 'node:https';
import { parseQuantity } from '@activescale/protocol/kubernetes';

interface MetricValueList {
  items: { describedObject: { name: string }; value: string }[];
}

/** Queries metrics of a namespace, as the HPA does. */
export function createQuery(securePort: number, namespace: string) {
  // The standalone api signs its certificate itself, and both ends are on this machine's loopback.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  return {
    /**
     * The values by object; none where the value is unknown.
     * @param what e.g. `services/web/demand_requests`
     */
    async ask(what: string): Promise<ReadonlyMap<string, number>> {
      const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/${what}`;
      const text = await body({ host: '127.0.0.1', port: securePort, path, agent });
      if (text === undefined) return new Map();
      const list = JSON.parse(text) as MetricValueList;
      return new Map(
        list.items.map(({ describedObject, value }) => [
          describedObject.name,
          Number(parseQuantity(value)) / 1000,
        ]),
      );
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
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
