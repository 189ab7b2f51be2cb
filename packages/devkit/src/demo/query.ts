import { Agent, get, type RequestOptions } from 'node:https';
import { parseQuantity } from '@activescale/protocol/kubernetes';

interface MetricValueList {
  items: { describedObject: { name: string }; value: string }[];
}

/** Asks for active_requests of all pods of a namespace, as the HPA does; the values by pod. */
export function createQuery(securePort: number, namespace: string) {
  // The standalone api signs its certificate itself, and both ends are on this machine's loopback.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/pods/*/active_requests`;
  return {
    async ask(): Promise<ReadonlyMap<string, number>> {
      const list = JSON.parse(
        await body({ host: '127.0.0.1', port: securePort, path, agent }),
      ) as MetricValueList;
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

function body(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = get(options, async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`api answered ${response.statusCode}: ${text}`));
      } catch (error) {
        reject(error);
      }
    });
    sent.setTimeout(2_000, () => sent.destroy(new Error('api did not answer within 2 s')));
    sent.once('error', reject);
  });
}
