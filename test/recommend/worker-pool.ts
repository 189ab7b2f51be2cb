import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '@activescale/devkit';

/** An application of known capacity. */
export interface Pool {
  /** Requests that it serves at once; others wait in one queue. */
  readonly workers: number;
  /** Mean service time, in ms. */
  readonly mean: number;
  readonly service: 'fixed' | 'exponential';
}

export interface WorkerPool extends AsyncDisposable {
  readonly port: number;
}

/** A server that sleeps for the service time of each request. Service times are the same in every run. */
export async function startWorkerPool({ workers, mean, service }: Pool): Promise<WorkerPool> {
  const random = seededRandom(workers);
  const serviceTime = () => (service === 'fixed' ? mean : -mean * Math.log(1 - random()));
  const waiting: ServerResponse[] = [];
  let busy = 0;
  const begin = () => {
    const response = busy < workers ? waiting.shift() : undefined;
    if (response === undefined) return;
    busy++;
    setTimeout(() => {
      busy--;
      response.end('ok\n');
      begin();
    }, serviceTime());
  };
  const server = createServer((request, response) => {
    request.resume();
    waiting.push(response);
    begin();
  });
  server.keepAliveTimeout = 0; // a close by this side races with Envoy's next request
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
